import {
  Banknote,
  CircleQuestionMark,
  Coins,
  EyeOff,
  FolderOpen,
  type LucideIcon,
  MessageCircleReply,
  PackagePlus,
  Pencil,
  Replace,
  Send,
  Sparkles,
  SquareTerminal,
  Trash2,
  WrapText,
} from 'lucide-react';
import type { Approval, Signal } from '../../shared/contract.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Badge, type Tone } from '../design/badge.tsx';
import { costWords } from '../text/words.ts';

const LOOKS: Record<Signal['kind'], { tone: Tone; Icon: LucideIcon }> = {
  'changed-tool': { tone: 'bad', Icon: Replace },
  destroys: { tone: 'bad', Icon: Trash2 },
  executes: { tone: 'bad', Icon: SquareTerminal },
  pays: { tone: 'warn', Icon: Banknote },
  path: { tone: 'warn', Icon: FolderOpen },
  unchecked: { tone: 'warn', Icon: CircleQuestionMark },
  'second-half': { tone: 'warn', Icon: MessageCircleReply },
  also: { tone: 'warn', Icon: PackagePlus },
  webhook: { tone: 'warn', Icon: Send },
  host: { tone: 'warn', Icon: Send },
  'hidden-text': { tone: 'bad', Icon: EyeOff },
  budget: { tone: 'warn', Icon: Coins },
  cost: { tone: 'quiet', Icon: Coins },
  first: { tone: 'quiet', Icon: Sparkles },
  edited: { tone: 'quiet', Icon: Pencil },
  long: { tone: 'warn', Icon: WrapText },
};

/** What stands out about a call; what can do harm comes first and looks like it. */
export function Signals({ approval, costUnit }: { approval: Approval; costUnit: string }) {
  const { signals, cost } = approval;
  if (signals.length === 0) return null;
  const sorted = signals.toSorted((a, b) => rank(a) - rank(b));
  return (
    <ul aria-label="What stands out" className="flex flex-wrap gap-1.5">
      {sorted.map((signal) => {
        const { tone, Icon } = LOOKS[signal.kind];
        return (
          <li key={signal.kind + signal.text} className="max-w-full">
            <Badge tone={tone} icon={<Icon />}>
              {signal.kind === 'cost' && cost !== undefined ? (
                `Costs ${costWords(cost, costUnit)}`
              ) : (
                <AgentText text={signal.text} limit={300} />
              )}
            </Badge>
          </li>
        );
      })}
    </ul>
  );
}

/** Whether it is good to know, and no more. */
export function isQuiet({ kind }: Signal): boolean {
  return LOOKS[kind].tone === 'quiet';
}

/** What the eye misses comes before what it sees. */
function rank(signal: Signal): number {
  if (signal.kind === 'long') return -1;
  return ['bad', 'warn', 'quiet'].indexOf(LOOKS[signal.kind].tone);
}
