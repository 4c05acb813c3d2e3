import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button } from './button.tsx';

/** Copies `text`, and says for a moment that it did (or that it could not). */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const [said, setSaid] = useState<'copied' | 'failed'>();
  useEffect(() => {
    if (said === undefined) return;
    const timer = setTimeout(() => setSaid(undefined), 2000);
    return () => clearTimeout(timer);
  }, [said]);

  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      setSaid('copied');
    } catch {
      // The browser may refuse; the text is on the page to be selected.
      setSaid('failed');
    }
  }

  return (
    <Button size="small" onClick={copy} aria-label={said === undefined ? label : undefined}>
      {said === 'copied' ? <Check /> : <Copy />}
      <span aria-live="polite">
        {said === 'copied' ? 'Copied' : said === 'failed' ? 'Select it and copy by hand' : 'Copy'}
      </span>
    </Button>
  );
}
