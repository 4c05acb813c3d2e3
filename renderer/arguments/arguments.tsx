import type { Json, JsonObject } from '../../shared/json.ts';
import { isJsonObject } from '../../shared/json.ts';
import { AgentText } from '../design/agent-text.tsx';
import { RemotePicture } from '../design/remote-picture.tsx';
import { needsQuotes } from '../text/plain-value.ts';

/** Deeper than this, values are shown as JSON text: indentation would leave no room to read. */
const MAX_DEPTH = 4;

/** Every argument of a call but those named in `except`, as a readable list. */
export function Arguments({ of, except = [] }: { of: JsonObject; except?: readonly string[] }) {
  const entries = Object.entries(of).filter(([name]) => !except.includes(name));
  if (entries.length === 0) return null;
  return <Members entries={entries} depth={0} />;
}

function Members({ entries, depth }: { entries: (readonly [string, Json])[]; depth: number }) {
  return (
    <dl className="grid grid-cols-[minmax(0,1fr)] gap-x-4 gap-y-1 sm:grid-cols-[fit-content(40%)_minmax(0,1fr)]">
      {entries.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="hostile text-muted">
            <AgentText text={name} limit={80} brief={name.length < 80} />
          </dt>
          <dd className="hostile">
            <Value value={value} depth={depth} />
            {isPicture(name, value) && <RemotePicture url={value} name={name} />}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Value({ value, depth }: { value: Json; depth: number }) {
  if (typeof value === 'string') {
    return <AgentText text={needsQuotes(value) ? `“${value}”` : value} limit={300} />;
  }
  if (value === null || typeof value !== 'object') {
    return <code className="font-mono text-[13px]">{String(value)}</code>;
  }
  const list = Array.isArray(value);
  const entries = list ? value.map((item, index) => [`${index + 1}`, item] as const) : Object.entries(value);
  if (entries.length === 0)
    return <span className="text-muted">{list ? 'empty list' : 'nothing inside'}</span>;
  if (depth >= MAX_DEPTH || entries.length > 50) {
    return (
      <span className="font-mono text-[13px]">
        <AgentText text={JSON.stringify(value, null, 2)} />
      </span>
    );
  }
  return (
    <div className={`border-l-2 border-line pl-3 ${isJsonObject(value) ? '' : 'tabular-nums'}`}>
      <Members entries={entries} depth={depth + 1} />
    </div>
  );
}

/** Whether an argument names a picture on the web, going by its name or the end of its address. */
function isPicture(name: string, value: Json): value is string {
  if (typeof value !== 'string' || !/^https?:\/\//i.test(value) || !URL.canParse(value)) return false;
  return (
    /image|picture|thumbnail/i.test(name) || /\.(?:png|jpe?g|gif|webp|avif)$/i.test(new URL(value).pathname)
  );
}
