import { useState } from 'react';
import {
  Bar,
  BarChart,
  CartesianGrid,
  ReferenceLine,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts';
import type { Result } from '../../shared/contract.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Card } from '../design/card.tsx';
import { Segmented } from '../design/segmented.tsx';
import { ServerName, useServers } from '../design/server-name.tsx';
import { Cell, HeadCell, Row, Table, TableHead } from '../design/table.tsx';
import { href, navigate } from '../navigation/route.ts';
import { hostNow } from '../text/clock.ts';
import { costWords } from '../text/words.ts';
import { type DailyLimit, dailyLimits, limitsOverAll, limitWords, overallLimit } from './daily-limits.ts';
import { type Day, dayWords, everyDay } from './days.ts';

interface ChartsProps {
  days: readonly Day[];
  /** Whose days they are; absent: those of all servers. */
  server: string | undefined;
  /** The default policy of that server, or of each; the daily limits are drawn in. Undefined: not known. */
  policies: readonly Result<'policies.get'>[] | undefined;
  costUnit: string;
  /** Where a day's videos are. */
  dayAddress: (day: string) => string;
}

/** Calls and spend of the last 30 days against the daily limits. The same as a table. */
export default function Charts({ days, server, policies, costUnit, dayAddress }: ChartsProps) {
  const [shown, setShown] = useState<'chart' | 'table'>('chart');
  const all = everyDay(days, hostNow());
  const alone = useServers().length === 0;
  const documents = policies?.map(({ document }) => document) ?? [];
  const limits = server === undefined ? limitsOverAll(documents) : documents.flatMap(dailyLimits);
  // A limit over all servers says nothing of what was done on one of them.
  const scopes = server === undefined ? OVER_ALL : alone ? [...OF_ONE, ...OVER_ALL] : OF_ONE;
  const cost = (amount: number) => costWords(amount, costUnit);
  const sum = { calls: 0, cost: 0 };
  for (const day of all) {
    sum.calls += day.calls;
    sum.cost += day.cost;
  }
  const today = all.at(-1) ?? { day: '', calls: 0, cost: 0 };

  return (
    <Card
      title="The last 30 days"
      actions={
        <Segmented
          label="Show as"
          size="small"
          segments={[
            { id: 'chart', label: 'Chart' },
            { id: 'table', label: 'Table' },
          ]}
          chosen={shown}
          onChoose={setShown}
        />
      }
    >
      {shown === 'chart' ? (
        <div className="grid gap-x-8 gap-y-6 lg:grid-cols-2">
          <Chart
            title="Spend"
            sum={`${cost(sum.cost)} in all, ${cost(today.cost)} today`}
            days={all}
            of="cost"
            words={cost}
            limit={overallLimit(limits, 'cost', scopes)}
            dayAddress={dayAddress}
          />
          <Chart
            title="Calls that ran"
            sum={`${sum.calls.toLocaleString('en')} in all, ${today.calls.toLocaleString('en')} today`}
            days={all}
            of="calls"
            words={(count) => count.toLocaleString('en')}
            limit={overallLimit(limits, 'calls', scopes)}
            dayAddress={dayAddress}
          />
        </div>
      ) : (
        <DayTable days={all} cost={cost} dayAddress={dayAddress} />
      )}
      {policies !== undefined && (
        <Limits
          limits={limits}
          server={server}
          policy={server === undefined ? undefined : policies[0]}
          cost={cost}
        />
      )}
    </Card>
  );
}

const OF_ONE = ['all'] as const;
const OVER_ALL = ['everywhere'] as const;

interface ChartProps {
  title: string;
  sum: string;
  days: readonly Day[];
  of: 'calls' | 'cost';
  words: (amount: number) => string;
  limit: number | undefined;
  dayAddress: (day: string) => string;
}

function Chart({ title, sum, days, of, words, limit, dayAddress }: ChartProps) {
  return (
    <figure className="min-w-0">
      <figcaption className="mb-2 flex flex-wrap items-baseline gap-x-2">
        <span className="font-medium">{title}</span>
        <span className="text-[13px] text-muted tabular-nums">{sum}</span>
      </figcaption>
      {/* Told in words above and in the table, which leads to each day too; its shapes say nothing more to a screen reader. */}
      <div aria-hidden="true" className="h-40 text-xs">
        <ResponsiveContainer width="100%" height="100%" initialDimension={{ width: 320, height: 160 }}>
          <BarChart
            data={[...days]}
            margin={{ top: 20, right: 4, bottom: 0, left: 0 }}
            accessibilityLayer={false}
            barCategoryGap="20%"
            className="cursor-pointer"
            onClick={({ activeLabel }) => {
              if (activeLabel !== undefined) navigate(dayAddress(String(activeLabel)));
            }}
          >
            <CartesianGrid vertical={false} stroke="var(--line)" />
            <XAxis
              dataKey="day"
              tickFormatter={(day: string) => dayWords(day)}
              tick={{ fill: 'var(--muted)' }}
              tickLine={false}
              axisLine={{ stroke: 'var(--line)' }}
              minTickGap={32}
            />
            <YAxis
              // As wide in both: the days below stand at the same places.
              width={52}
              allowDecimals={of === 'cost'}
              tickFormatter={words}
              tick={{ fill: 'var(--muted)' }}
              tickLine={false}
              axisLine={false}
              domain={[0, 'auto']}
            />
            <Tooltip
              isAnimationActive={false}
              cursor={{ fill: 'var(--hover)' }}
              content={({ active, payload }) => {
                const day = payload?.[0]?.payload as Day | undefined;
                if (active !== true || day === undefined) return null;
                return (
                  <p className="rounded-md border border-line bg-raised px-2 py-1 text-xs text-text shadow-float">
                    {dayWords(day.day)}: {words(day[of])}
                  </p>
                );
              }}
            />
            <Bar
              dataKey={of}
              fill="var(--accent)"
              radius={[3, 3, 0, 0]}
              isAnimationActive={false}
              maxBarSize={18}
            />
            {limit !== undefined && (
              <ReferenceLine
                y={limit}
                ifOverflow="extendDomain"
                stroke="var(--bad)"
                strokeDasharray="5 4"
                label={{
                  value: `Limit ${words(limit)}`,
                  position: 'insideBottomRight',
                  fill: 'var(--bad)',
                  fontSize: 12,
                }}
              />
            )}
          </BarChart>
        </ResponsiveContainer>
      </div>
    </figure>
  );
}

function DayTable({
  days,
  cost,
  dayAddress,
}: {
  days: readonly Day[];
  cost: (amount: number) => string;
  dayAddress: (day: string) => string;
}) {
  return (
    <Table label="Calls and spend per day, newest first">
      <TableHead>
        <HeadCell>Day</HeadCell>
        <HeadCell className="text-right">Calls that ran</HeadCell>
        <HeadCell className="text-right">Spend</HeadCell>
      </TableHead>
      <tbody>
        {days.toReversed().map((day) => (
          <Row key={day.day}>
            <Cell>
              <a
                href={dayAddress(day.day)}
                aria-label={`Videos of ${dayWords(day.day)}`}
                className="-my-1 inline-block py-1 underline decoration-line-strong underline-offset-2"
              >
                {dayWords(day.day)}
              </a>
            </Cell>
            <Cell className="text-right tabular-nums">{day.calls.toLocaleString('en')}</Cell>
            <Cell className="text-right tabular-nums">{cost(day.cost)}</Cell>
          </Row>
        ))}
      </tbody>
    </Table>
  );
}

interface LimitsProps {
  limits: readonly DailyLimit[];
  server: string | undefined;
  /** Absent where the limits are those over all servers. */
  policy: Result<'policies.get'> | undefined;
  cost: (amount: number) => string;
}

/** The daily limits in words: those on one client or tool have no line in the chart. */
function Limits({ limits, server, policy, cost }: LimitsProps) {
  // A server that is gone has no policy.
  if (server !== undefined && policy === undefined) return null;
  const of = policy !== undefined && server !== undefined && (
    <>
      default policy
      <ServerName server={server} before=" on " />,{' '}
      <a href={href('policies', policy.id)} className="underline decoration-line-strong underline-offset-2">
        <AgentText text={policy.name} brief limit={60} />
      </a>
    </>
  );
  return (
    <div className="hostile mt-4 border-t border-line pt-3 text-[13px] text-muted">
      {limits.length === 0 ? (
        <p>
          {of ? (
            <>The {of}, has no daily limit.</>
          ) : (
            'The default policies of the servers have no daily limit in common. Choose a server to see its own.'
          )}
        </p>
      ) : (
        <>
          <p>
            {of ? (
              <>Daily limits of the {of}:</>
            ) : (
              'Daily limits over all servers, in the default policy of each:'
            )}
          </p>
          <ul className="list-disc pl-5">
            {limits.map((limit) => {
              const words = limitWords(limit, cost, server);
              return (
                <li key={words}>
                  <AgentText text={words} limit={200} brief />
                </li>
              );
            })}
          </ul>
        </>
      )}
    </div>
  );
}
