import { Search } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { TextInput } from './field.tsx';

/** How long a person pauses while typing before what they typed counts (ms). */
const TYPING_MS = 200;

interface SearchInputProps {
  /** What it is for: "Search the log". */
  label: string;
  text: string;
  /** Told what was typed, after a pause; always the newest one that was given, so that it knows what else was chosen meanwhile. */
  onText: (text: string) => void;
}

/** A field to search by. What is typed counts after a pause. */
export function SearchInput({ label, text, onText }: SearchInputProps) {
  const [typed, setTyped] = useState(text);
  const latest = useRef(onText);
  latest.current = onText;
  // The address may change by itself: *Show all*, a step back.
  useEffect(() => setTyped(text), [text]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only typing starts the pause anew.
  useEffect(() => {
    if (typed === text) return;
    const timer = setTimeout(() => latest.current(typed), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <div className="relative min-w-40 flex-1 basis-48">
      <span className="pointer-events-none absolute inset-y-0 left-2.5 flex items-center text-muted">
        <Search />
      </span>
      <TextInput
        type="search"
        aria-label={label}
        placeholder="Search"
        maxLength={500}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        className="pl-8"
      />
    </div>
  );
}
