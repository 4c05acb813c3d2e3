import { useState } from 'react';
import type { State } from '../../shared/contract.ts';
import { Segmented } from '../design/segmented.tsx';
import { useNow } from '../design/use-now.ts';
import { useTransport } from '../store/use-live.ts';
import { remainingWords } from '../text/time.ts';
import { errorWords } from '../transport/transport.ts';
import { GUARD_CHOICES, type GuardChoice, guardChoice, guardParams, isOver } from './guard-choice.ts';

const TONES = { policy: 'good', ask: 'good', allow: 'warn', block: 'bad' } as const;

const SEGMENTS = GUARD_CHOICES.map((choice) => ({ ...choice, tone: TONES[choice.mode] }));

/** The guard mode, to see and to change. */
export function Guard({ guard, online }: { guard: State['guard']; online: boolean }) {
  const transport = useTransport();
  const now = useNow();
  const [error, setError] = useState<string>();
  // For how long it was chosen is known here only, and only until the page is loaded anew.
  const [made, setMade] = useState<{ choice: GuardChoice; until: string | undefined }>();
  const known = made !== undefined && made.until === guard.until && !isOver(guard, now);
  const chosen = known && guard.mode === 'allow' ? made.choice : guardChoice(guard, now);

  async function choose(choice: GuardChoice): Promise<void> {
    setError(undefined);
    const params = guardParams(choice, Date.now());
    setMade({ choice, until: params.until });
    try {
      await transport.call('guard.set', params);
    } catch (failed) {
      setError(errorWords(failed));
    }
  }

  return (
    <div className="max-lg:order-2 max-lg:w-full">
      <Segmented label="Guard mode" segments={SEGMENTS} chosen={chosen} onChoose={choose} off={!online} />
      {error !== undefined && (
        <p role="alert" className="mt-1 text-[13px] text-bad">
          The guard mode was not changed. {error}
        </p>
      )}
    </div>
  );
}

/** Says so when calls are not judged as usual, and for how long. */
export function GuardNotice({ guard }: { guard: State['guard'] }) {
  const now = useNow();
  if (guard.mode === 'policy' || isOver(guard, now)) return null;
  const until = guard.until === undefined ? '' : ` for ${remainingWords(Date.parse(guard.until) - now)}`;
  const words = {
    ask: `Every call is asked about${until}, whatever the policy says.`,
    allow: `Calls that the policy would ask about run without asking${until}. Its limits and denials still hold.`,
    block: `Everything is blocked${until}. No call reaches the upstream.`,
  }[guard.mode];
  return (
    <div
      className={`border-b text-[13px] ${
        guard.mode === 'allow'
          ? 'border-warn-line bg-warn-soft text-warn'
          : guard.mode === 'block'
            ? 'border-bad-line bg-bad-soft text-bad'
            : 'border-line bg-accent-soft text-accent-strong'
      }`}
    >
      <p className="mx-auto max-w-[62rem] px-6 py-1.5 tabular-nums max-sm:px-4">{words}</p>
    </div>
  );
}
