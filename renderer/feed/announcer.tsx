import { useEffect, useRef, useState } from 'react';
import type { Approval } from '../../shared/contract.ts';
import { useServerLabel } from '../design/server-name.tsx';
import { fold } from '../text/fold.ts';
import { visibleText } from '../text/visible.ts';
import { wants } from '../text/words.ts';

/** Tells screen readers, politely, what has come to wait. */
export function Announcer({ approvals }: { approvals: readonly Approval[] }) {
  const known = useRef<ReadonlySet<string>>(new Set());
  const [words, setWords] = useState('');
  const label = useServerLabel();
  useEffect(() => {
    const arrived = approvals.filter(({ id }) => !known.current.has(id));
    known.current = new Set(approvals.map(({ id }) => id));
    const [first] = arrived;
    if (first === undefined) return;
    setWords(
      arrived.length === 1
        ? sentence(first, label(first.server))
        : `${arrived.length} calls are waiting for your answer.`,
    );
  }, [approvals, label]);
  return (
    <p role="status" className="sr-only">
      {words}
    </p>
  );
}

function sentence({ client, tool, server, arguments: args }: Approval, on: string | undefined): string {
  const prompt = typeof args.prompt === 'string' ? `: ${fold(args.prompt, 120).head}` : '';
  const where = on === undefined ? '' : ` on ${on}`;
  const said = `${client.label} ${wants(tool, server) ?? `wants to call ${tool}`}${where}${prompt}`;
  return visibleText(said)
    .map((part) => (part.kind === 'text' ? part.text : ` ${part.label} `))
    .join('');
}
