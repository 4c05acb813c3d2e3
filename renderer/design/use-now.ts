import { useEffect, useState } from 'react';

/** The time in milliseconds since the epoch; the component renders again every `everyMs` milliseconds. */
export function useNow(everyMs = 1000): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
