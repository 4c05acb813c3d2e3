import { Ban, ChevronsUpDown, CircleHelp, FastForward, type LucideIcon, ShieldCheck } from 'lucide-react';
import { useState } from 'react';
import type { State } from '../../shared/contract.ts';
import { Button } from '../design/button.tsx';
import { Menu, MenuChoice } from '../design/menu.tsx';
import { Strip } from '../design/strip.tsx';
import { useToast } from '../design/toast.tsx';
import { useNow } from '../design/use-now.ts';
import { useTransport } from '../store/use-live.ts';
import { hostNow } from '../text/clock.ts';
import { errorWords } from '../text/error-words.ts';
import { remainingWords } from '../text/time.ts';
import { GUARD_CHOICES, type GuardChoice, guardChoice, guardParams, isOver } from './guard-choice.ts';

type Mode = State['guard']['mode'];

const LOOKS: Record<Mode, { label: string; brief: string; Icon: LucideIcon; look: string }> = {
  policy: {
    label: 'Follow the policy',
    brief: 'Policy',
    Icon: ShieldCheck,
    look: 'bg-surface border-line text-text',
  },
  ask: {
    label: 'Ask for every call',
    brief: 'Ask',
    Icon: CircleHelp,
    look: 'bg-accent-soft border-transparent text-accent-strong',
  },
  allow: {
    label: 'Allow without asking',
    brief: 'Allow',
    Icon: FastForward,
    look: 'bg-warn-soft border-warn-line text-warn',
  },
  block: {
    label: 'Block everything',
    brief: 'Block',
    Icon: Ban,
    look: 'bg-bad-soft border-bad-line text-bad',
  },
};

const CHOICES = GUARD_CHOICES.map(({ id, mode, label }) => {
  const { Icon } = LOOKS[mode];
  return { id, label, icon: <Icon /> };
});

/** Changes the guard mode; says why when that fails. */
function useGuard(): (choice: GuardChoice) => Promise<GuardChoice | undefined> {
  const transport = useTransport();
  const toast = useToast();
  return async (choice) => {
    try {
      await transport.call('guard.set', guardParams(choice, hostNow()));
      return choice;
    } catch (failed) {
      toast({ tone: 'bad', text: `The guard mode was not changed. ${errorWords(failed)}` });
      return undefined;
    }
  };
}

/** The guard mode, to see and to change. */
export function Guard({ guard, online }: { guard: State['guard']; online: boolean }) {
  const now = useNow();
  const set = useGuard();
  // For how long it was chosen is known here only, and only until the page is loaded anew.
  const [made, setMade] = useState<GuardChoice>();
  const mode = isOver(guard, now) ? 'policy' : guard.mode;
  const madeHere = GUARD_CHOICES.find(({ id }) => id === made)?.mode === mode;
  const { label, brief, Icon, look } = LOOKS[mode];
  return (
    <Menu
      side="top"
      trigger={
        <button
          type="button"
          aria-label={`Guard mode: ${label}`}
          className={`flex h-9 w-full items-center gap-1.5 rounded-lg border px-2 text-[13px] font-medium max-rail:h-12 max-rail:flex-col max-rail:justify-center max-rail:gap-0.5 max-rail:px-0 max-rail:text-[11px] ${look}`}
        >
          <Icon />
          <span className="text-left leading-4 max-rail:hidden">{label}</span>
          <span className="rail:hidden">{brief}</span>
          <span className="-mr-0.5 ml-auto opacity-70 max-rail:hidden [&_svg]:size-3">
            <ChevronsUpDown />
          </span>
        </button>
      }
    >
      {online ? (
        <MenuChoice
          label="Guard mode"
          choices={CHOICES}
          chosen={madeHere ? made : guardChoice(guard, now)}
          onChoose={(choice) => void set(choice).then(setMade)}
        />
      ) : (
        <p className="px-2.5 py-1.5 text-muted">Greenlight does not answer.</p>
      )}
    </Menu>
  );
}

/** Says so when calls are not judged as usual, and for how long. */
export function GuardNotice({ guard, online }: { guard: State['guard']; online: boolean }) {
  const now = useNow();
  const set = useGuard();
  if (guard.mode === 'policy' || isOver(guard, now)) return null;
  const until = guard.until === undefined ? '' : ` for ${remainingWords(Date.parse(guard.until) - now)}`;
  const words = {
    ask: `Every call is asked about${until}, whatever the policy says.`,
    allow: `Calls that the policy would ask about run without asking${until}. Its limits and denials still hold.`,
    block: `Everything is blocked${until}. No call reaches the upstream.`,
  }[guard.mode];
  return (
    <Strip
      tone={guard.mode === 'allow' ? 'warn' : guard.mode === 'block' ? 'bad' : 'info'}
      actions={
        <Button size="small" off={!online} onClick={() => void set('policy')}>
          Follow the policy
        </Button>
      }
    >
      {words}
    </Strip>
  );
}
