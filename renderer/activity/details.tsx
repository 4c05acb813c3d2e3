import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import type { ActivityRow } from '../../shared/contract.ts';
import { ruleSentence } from '../../shared/policy/rule-words.ts';
import { Arguments } from '../arguments/arguments.tsx';
import { AgentText } from '../design/agent-text.tsx';
import { Badge } from '../design/badge.tsx';
import { IconButton } from '../design/button.tsx';
import { CopyButton } from '../design/copy-button.tsx';
import { ServerName } from '../design/server-name.tsx';
import { ToolName } from '../design/tool-name.tsx';
import { href } from '../navigation/route.ts';
import { useMethod } from '../store/use-method.ts';
import { tookWords } from '../text/time.ts';
import { answeredWords, costWords, deciderWords, outcomeWords, wouldWords } from '../text/words.ts';
import { type AskedOfPolicy, Rules } from './rules.tsx';
import { exactWhen, resultSentence } from './words.ts';

interface DetailsProps {
  row: ActivityRow;
  costUnit: string;
  /** Why a row that is cut could not be had whole. */
  problem: string | undefined;
  onAskRule: (asked: AskedOfPolicy) => void;
}

/** Everything that is known of one call, beside the list. */
export function DetailsPanel({ onClose, ...props }: DetailsProps & { onClose: () => void }) {
  return (
    <section
      aria-label="The call in full"
      className="flex w-[23rem] shrink-0 flex-col overflow-clip rounded-xl border border-line bg-surface"
    >
      <header className="flex items-center justify-between gap-2 border-b border-line py-1 pr-1.5 pl-4">
        <h2 className="font-semibold">The call in full</h2>
        <span className="flex items-center gap-1">
          <CopyCall row={props.row} />
          <IconButton label="Close" size="small" icon={<X />} onClick={onClose} />
        </span>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and the keyboard must reach that. */}
      <div tabIndex={0} className="min-h-0 flex-1 overflow-y-auto p-4 outline-offset-[-2px]">
        <Details key={props.row.id} {...props} />
      </div>
    </section>
  );
}

/** The whole row as JSON. */
export function CopyCall({ row }: { row: ActivityRow }) {
  return <CopyButton text={JSON.stringify(row, null, 2)} label="Copy the call as JSON" />;
}

export function Details({ row, costUnit, problem, onAskRule }: DetailsProps) {
  const outcome = outcomeWords(row);
  const { client } = row;
  return (
    <div className="flex flex-col gap-5">
      <div className="flex flex-col items-start gap-1.5">
        <Badge tone={outcome.tone}>{outcome.text}</Badge>
        <p className="hostile max-w-full font-medium">
          <ToolName tool={row.tool} server={row.server} />
          <ServerName server={row.server} before=" on " />
        </p>
        <time dateTime={row.at} className="text-[13px] text-muted">
          {exactWhen(row.at)}
        </time>
      </div>

      {row.cut && (
        <p role="status" className="text-[13px] text-muted">
          {problem === undefined ? (
            'The rest of this call is on its way…'
          ) : (
            <>The rest of this call could not be loaded. {problem}</>
          )}
        </p>
      )}
      <Part title="Arguments">
        <LoggedArguments of={row.arguments} />
        <Rules row={row} onAsk={onAskRule} />
      </Part>
      {row.also !== undefined && (
        <Part title="Sent beside the arguments">
          <LoggedArguments of={row.also} />
        </Part>
      )}
      {row.edited !== undefined && (
        <Part title="What ran instead, as you changed it">
          <LoggedArguments of={row.edited} />
        </Part>
      )}

      <Part title="Decision">
        <Facts>
          {row.decidedBy !== undefined && (
            <Fact name="By">
              {deciderWords(row.decidedBy)}
              {answeredWords(row.answeredBy)}
            </Fact>
          )}
          {row.message !== undefined && (
            <Fact name="The agent was told">
              <AgentText text={row.message} />
            </Fact>
          )}
          <Why row={row} />
          {row.policy !== undefined && (
            <Fact name="Policy">
              <PolicyLink id={row.policy.id} />, version {row.policy.version}
            </Fact>
          )}
          {row.cost !== undefined && <Fact name="Cost">{costWords(row.cost, costUnit)}</Fact>}
          {row.waitMs !== undefined && <Fact name="Waited">{tookWords(row.waitMs)} for the decision</Fact>}
          {row.approvalId !== undefined && <Id name="Approval" text={row.approvalId} />}
        </Facts>
      </Part>

      {row.watched !== undefined && <Watched of={row.watched} />}

      {row.result !== undefined && (
        <Part title="Result">
          <p>{resultSentence(row.result)}</p>
          <Facts>
            {row.latencyMs !== undefined && <Fact name="Took">{tookWords(row.latencyMs)}</Fact>}
            {row.upstreamStatus !== undefined && <Fact name="HTTP status">{row.upstreamStatus}</Fact>}
            {row.taskId !== undefined && <Id name="Task" text={row.taskId} />}
          </Facts>
        </Part>
      )}

      <Part title="Client">
        <Facts>
          <Fact name="Label">
            <AgentText text={client.label} />
          </Fact>
          {client.name !== undefined && (
            <Fact name="Calls itself">
              <AgentText
                text={client.version === undefined ? client.name : `${client.name} ${client.version}`}
              />
            </Fact>
          )}
          <Id name="Grant" text={client.id} />
          {row.session !== undefined && <Id name="Session" text={row.session} />}
        </Facts>
      </Part>

      <Part title="Record">
        <Facts>
          <Id name="Call" text={row.id} />
          <Id name="Digest" text={row.digest} />
        </Facts>
      </Part>
    </div>
  );
}

/** What the policy would have done that was watched. */
function Watched({ of: { policy, would, rule, message } }: { of: NonNullable<ActivityRow['watched']> }) {
  const { text, tone } = wouldWords(would);
  return (
    <Part title="Watched policy">
      <span>
        <Badge tone={tone}>{text}</Badge>
      </span>
      <Facts>
        {message !== undefined && (
          <Fact name="Why">
            <AgentText text={message} />
          </Fact>
        )}
        {rule !== undefined && (
          <Fact name="Rule">
            <code className="font-mono text-xs">
              <AgentText text={rule} />
            </code>
          </Fact>
        )}
        <Fact name="Policy">
          <PolicyLink id={policy.id} />
          {policy.version !== undefined && `, version ${policy.version}`}
        </Fact>
      </Facts>
    </Part>
  );
}

/** A policy by its name; one that is gone has its id alone. */
function PolicyLink({ id }: { id: string }) {
  const { data } = useMethod('policies.get', { id });
  return (
    <a href={href('policies', id)} className="underline decoration-line-strong underline-offset-2">
      <AgentText text={data?.name ?? id} brief limit={100} />
    </a>
  );
}

/** Why the call was denied or asked for, in words from the rule; the rule itself small below. */
function Why({ row }: { row: ActivityRow }) {
  const { rule, policy } = row;
  const asked = useMethod('policies.get', policy !== undefined && rule.startsWith('/') ? policy : undefined);
  const sentence = ruleSentence(row, asked.data?.document);
  return (
    <Fact name="Why">
      {sentence !== undefined && <AgentText text={sentence} limit={400} />}
      <code className={`block font-mono text-xs ${sentence === undefined ? '' : 'text-muted'}`}>
        <AgentText text={rule} />
      </code>
    </Fact>
  );
}

function LoggedArguments({ of }: { of: ActivityRow['arguments'] }) {
  if (!Array.isArray(of)) {
    return Object.keys(of).length === 0 ? <p className="text-muted">None.</p> : <Arguments of={of} />;
  }
  return (
    <p className="hostile">
      {of.length === 0 ? 'None.' : <AgentText text={of.join(', ')} />}{' '}
      <span className="text-muted">The log keeps their names only.</span>
    </p>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="flex flex-col gap-1.5 text-[13px]">
      <h3 className="text-xs font-semibold text-muted">{title}</h3>
      {children}
    </section>
  );
}

function Facts({ children }: { children: ReactNode }) {
  return <dl className="grid grid-cols-[6.5rem_minmax(0,1fr)] gap-x-3 gap-y-1">{children}</dl>;
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted">{name}</dt>
      <dd className="hostile">{children}</dd>
    </>
  );
}

function Id({ name, text }: { name: string; text: string }) {
  return (
    <Fact name={name}>
      <code className="font-mono text-xs">
        <AgentText text={text} />
      </code>
    </Fact>
  );
}
