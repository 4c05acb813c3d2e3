import { Ban, FastForward, MessageSquareText, MoreHorizontal, ShieldCheck } from 'lucide-react';
import { createContext, useContext, useState } from 'react';
import { anyWords, lastingAnswers, takesPrompt } from '../../shared/allowance.ts';
import type { Approval } from '../../shared/contract.ts';
import type { Json } from '../../shared/json.ts';
import { calledHosts, neverHostWords } from '../../shared/policy/index.ts';
import { Button, IconButton } from '../design/button.tsx';
import { Menu, MenuChoice, MenuItem, MenuSeparator } from '../design/menu.tsx';
import { useServerLabel } from '../design/server-name.tsx';
import { type AskedRule, isSayable } from './asked-rule.ts';
import type { Reply } from './use-answers.ts';

/** Whether answers are taken now. Not a property of the card: it changes for all of them at once, and often. */
export const AnswersOff = createContext(false);

/** What else of a client waits. Not a property of the card either. */
export const OthersOf = createContext<{
  count: (client: string) => number;
  denyAll: (client: string) => void;
}>({ count: () => 1, denyAll: () => undefined });

/** The documents of the policies that ask, as far as they are known. Not a property of the card either. */
export const Documents = createContext<ReadonlyMap<string, Json>>(new Map());

const LASTING_RULES = [
  ['always', 'Always allow calls like this…'],
  ['above', 'Ask only above…'],
] as const;

/** A longer answer, which a dialog asks for; a rule is for other calls, too. */
export type LongerAnswer = 'reason' | 'edit' | AskedRule;

interface AnswerButtonsProps {
  approval: Approval;
  costUnit: string;
  onAnswer: (approval: Approval, reply: Reply) => void;
  onOpen: (dialog: LongerAnswer, approval: Approval) => void;
}

/** The answers: the two that matter, the change of the arguments, and a menu with those that last. */
export function AnswerButtons({ approval, costUnit, onAnswer, onOpen }: AnswerButtonsProps) {
  const off = useContext(AnswersOff);
  const others = useContext(OthersOf);
  const { client } = approval;
  const count = others.count(client.id);
  const hosts = calledHosts(approval.tool, approval.arguments);
  return (
    <div className="flex flex-wrap gap-2">
      <Button look="primary" shortcut="A" off={off} onClick={() => onAnswer(approval, { answer: 'allow' })}>
        Allow
      </Button>
      <Button look="danger" shortcut="D" off={off} onClick={() => onAnswer(approval, { answer: 'deny' })}>
        Deny
      </Button>
      <Button look="quiet" shortcut="E" off={off} onClick={() => onOpen('edit', approval)}>
        Edit…
      </Button>
      <Menu
        align="end"
        trigger={<IconButton label="More answers" icon={<MoreHorizontal />} className="ml-auto" />}
      >
        <Lasting approval={approval} costUnit={costUnit} onAnswer={onAnswer} />
        {approval.also === undefined && <Rules approval={approval} onOpen={onOpen} />}
        <MenuSeparator />
        <MenuItem icon={<MessageSquareText />} tone="danger" onSelect={() => onOpen('reason', approval)}>
          Deny with a reason…
        </MenuItem>
        <MenuItem
          icon={<Ban />}
          tone="danger"
          onSelect={() => onAnswer(approval, { answer: 'deny', for: 'block-15m' })}
        >
          Deny, and block this client for 15 minutes
        </MenuItem>
        {count > 1 && (
          <MenuItem icon={<Ban />} tone="danger" onSelect={() => others.denyAll(client.id)}>
            Deny all {count} of {shortLabel(client.label)}
          </MenuItem>
        )}
        {hosts.map((called) => (
          <MenuItem
            key={called.argument}
            icon={<Ban />}
            tone="danger"
            onSelect={() => onOpen({ kind: 'never', called }, approval)}
          >
            Deny, and never {neverHostWords(called, hosts)}…
          </MenuItem>
        ))}
      </Menu>
    </div>
  );
}

/** First what the answer is for, then how far it goes: each says both. */
function Lasting({ approval, costUnit, onAnswer }: Omit<AnswerButtonsProps, 'onOpen'>) {
  const [only, setOnly] = useState<'any' | 'call' | 'hosts'>('any');
  const { client, tool, server, hosts = [], cost } = approval;
  const to = `${hosts.slice(0, 2).join(', ')}${hosts.length > 2 ? ` and ${hosts.length - 2} more` : ''}`;
  const label = shortLabel(client.label);
  const on = useServerLabel()(server);
  const any = `${anyWords(tool, server)}${on === undefined ? '' : ` on ${on}`}`;
  return (
    <>
      <MenuChoice
        label="What is allowed"
        choices={[
          { id: 'any', label: `This is ${any} from ${label}` },
          {
            id: 'call',
            label: `This is this ${takesPrompt(tool, server) ? 'prompt' : 'call'} alone, unchanged`,
          },
          ...(hosts.length > 0 ? [{ id: 'hosts' as const, label: `This is ${any} to ${to} only` }] : []),
        ]}
        chosen={only}
        onChoose={setOnly}
        stays
      />
      <MenuSeparator />
      {lastingAnswers(cost, costUnit).map(({ reply, words }) => (
        <MenuItem
          key={reply.for}
          icon={<FastForward />}
          onSelect={() => onAnswer(approval, { answer: 'allow', ...reply, ...(only !== 'any' && { only }) })}
        >
          Allow this {words}
        </MenuItem>
      ))}
    </>
  );
}

/** The rules that ask less, as far as the policy can say them. Looked at once the menu is open: there may be hundreds of cards. */
function Rules({ approval, onOpen }: Pick<AnswerButtonsProps, 'approval' | 'onOpen'>) {
  const document = useContext(Documents).get(approval.policy.id);
  return LASTING_RULES.filter(([kind]) => isSayable({ kind, call: approval }, document)).map(
    ([kind, words]) => (
      <MenuItem key={kind} icon={<ShieldCheck />} onSelect={() => onOpen({ kind, call: approval }, approval)}>
        {words}
      </MenuItem>
    ),
  );
}

function shortLabel(label: string): string {
  return label.length > 30 ? `${label.slice(0, 30).toWellFormed()}…` : label;
}
