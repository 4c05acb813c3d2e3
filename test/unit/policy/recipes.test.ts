import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { setToolOutcome } from '../../../renderer/policies/document.ts';
import type { Json, JsonObject } from '../../../shared/json.ts';
import { lumaTools } from '../../../shared/luma.ts';
import { duringTest } from '../../../shared/policy/hours.ts';
import {
  canLimitVideos,
  evaluate,
  hourly,
  longPrompts,
  neverHost,
  parsePolicy,
  pictures,
  presets,
  type Recipe,
  stillHourly,
  type Verdict,
  type WorkingHours,
  webhooks,
  workingHours,
} from '../../../shared/policy/index.ts';
import { policyDocument } from './arbitraries.ts';

const recipes = { webhooks, pictures, longPrompts, hourly, workingHours } as Record<string, Recipe<unknown>>;
const values: Record<string, readonly object[]> = {
  webhooks: [{ hosts: [] }, { hosts: ['hooks.example'] }, { hosts: ['hooks.example', '*.b.example'] }],
  pictures: [{ hosts: [] }, { hosts: ['cdn.example'] }, { hosts: ['*.cdn.example', 'b.example'] }],
  longPrompts: [{ characters: 1 }, { characters: 500 }],
  hourly: [
    { max: 1, scope: 'grant' },
    { max: 20, scope: 'all' },
  ],
  workingHours: [
    { days: ['mon', 'fri'], from: '09:00', to: '17:30', outside: 'deny' },
    { days: ['sun'], from: '22:00', to: '06:00', outside: 'ask' },
  ],
};
const each = Object.entries(recipes).flatMap(([name, recipe]) =>
  (values[name] ?? []).map((value) => ({ name, recipe, value })),
);
const makers = lumaTools.filter(({ category }) => category === 'Write').map(({ name }) => name);
const plain = presets.map(({ id, document }) => ({ id, document: document as unknown as Json }));
const open: Json = { version: '1', default: 'allow', all_tools: { validate_arguments: false }, tools: {} };
const some = fc.constantFrom(...each);
/** As it is read from a text: JSON has no -0. */
const anyDocument = fc.oneof(
  policyDocument.map((document) => JSON.parse(JSON.stringify(document)) as Json),
  fc.constantFrom(...plain.map(({ document }) => document)),
);

/** Whether the recipe can be on: a tool that makes videos is listed, or the default lets it through. */
const offered = (name: string, document: Json) => name !== 'hourly' || canLimitVideos(document);

describe('recipes', () => {
  it.each(plain)(
    'in the preset $id every one of them is off or on, and is what was chosen',
    ({ document }) => {
      for (const { name, recipe, value } of each) {
        expect(recipe.recognise(document).kind).not.toBe('custom');
        const on = recipe.apply(document, value);
        expect(parsePolicy(on)).toMatchObject({ ok: true });
        expect(recipe.recognise(on)).toEqual(
          offered(name, document) ? { kind: 'on', value } : { kind: 'off' },
        );
        expect(recipe.recognise(recipe.apply(on, undefined))).toEqual({ kind: 'off' });
      }
    },
  );

  it('are on in Autopilot, where its description says so', () => {
    const autopilot = plain.find(({ id }) => id === 'autopilot-on-a-budget')?.document ?? null;
    expect(webhooks.recognise(autopilot)).toEqual({ kind: 'on', value: { hosts: [] } });
    expect(longPrompts.recognise(autopilot)).toEqual({ kind: 'on', value: { characters: 1000 } });
    expect(hourly.recognise(autopilot)).toEqual({ kind: 'on', value: { max: 5, scope: 'grant' } });
    expect(pictures.recognise(autopilot)).toEqual({ kind: 'off' });
  });

  it('in every combination and order each is what was chosen', () => {
    const chosen = fc.uniqueArray(some, { selector: ({ name }) => name, minLength: 2 });
    fc.assert(
      fc.property(fc.constantFrom(...plain), chosen, ({ document }, all) => {
        const after = all.reduce((before, { recipe, value }) => recipe.apply(before, value), document);
        expect(parsePolicy(after)).toMatchObject({ ok: true });
        for (const { name, recipe, value } of all)
          if (offered(name, document)) expect(recipe.recognise(after)).toEqual({ kind: 'on', value });
        for (const { name, recipe } of each)
          if (all.every((other) => other.name !== name))
            expect(recipe.recognise(after)).toEqual(recipe.recognise(document));
        const back = all.reduce((before, { recipe }) => recipe.apply(before, undefined), after as Json);
        const off = all.reduce((before, { recipe }) => recipe.apply(before, undefined), document);
        expect(JSON.stringify(back)).toBe(JSON.stringify(off));
      }),
    );
  });

  it('applied twice is once, on and off again is what it was, and custom is left alone', () => {
    fc.assert(
      fc.property(anyDocument, some, (document, { name, recipe, value }) => {
        const before = recipe.recognise(document).kind;
        const on = recipe.apply(document, value);
        if (before === 'custom') expect(on).toEqual(document);
        else if (offered(name, document)) expect(recipe.recognise(on)).toEqual({ kind: 'on', value });
        expect(recipe.apply(on, value)).toEqual(on);
        if (before === 'off') expect(essence(recipe.apply(on, undefined))).toBe(essence(document));
      }),
      { numRuns: 500 },
    );
  });

  it('never let through what was denied or asked for', () => {
    fc.assert(
      fc.property(anyDocument, some, calls, (document, { recipe, value }, call) => {
        // One that is on already may be changed to let more through.
        fc.pre(recipe.recognise(document).kind === 'off');
        const [was, is] = [document, recipe.apply(document, value)].map((each) => judged(each, call));
        expect(rank(is)).toBeGreaterThanOrEqual(rank(was));
        if (was?.outcome === 'allow' && is?.outcome === 'allow')
          expect(is.limits).toEqual(
            expect.arrayContaining(was.limits.map(({ rule: _, ...limit }) => expect.objectContaining(limit))),
          );
      }),
      { numRuns: 1000 },
    );
  });

  it('shown as on, they are: whatever was edited, nothing passes that the recipe keeps out', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(open, ...plain.map(({ document }) => document)),
        some,
        edits,
        calls,
        (document, { recipe, value }, edit, call) => {
          const edited = edit.reduce(mutated, recipe.apply(document, value) as Json);
          if (!parsePolicy(edited).ok) return;
          for (const [name, each] of Object.entries(recipes)) {
            const found = each.recognise(edited);
            if (found.kind === 'on')
              expect(keptOut(name, found.value as never, call, judged(edited, call))).toBe(true);
          }
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('shown as off, nothing depends on what the recipe is about', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(open, ...plain.map(({ document }) => document)),
        some,
        edits,
        fc.constantFrom(...makers),
        (document, { recipe, value }, edit, tool) => {
          const edited = edit.reduce(mutated, recipe.apply(document, value) as Json);
          if (!parsePolicy(edited).ok) return;
          const bare = judged(edited, { tool, args: {} });
          const denied = (args: JsonObject) => rank(judged(edited, { tool, args })) > 1;
          if (webhooks.recognise(edited).kind === 'off')
            expect(denied({ callback_url: 'https://x.example/' })).toBe(rank(bare) > 1);
          if (pictures.recognise(edited).kind === 'off')
            expect(denied({ end_image_url: 'https://x.example/' })).toBe(rank(bare) > 1);
          if (workingHours.recognise(edited).kind === 'off')
            expect(judged(edited, { tool, args: {}, minuteOfWeek: 5_000 })).toEqual(bare);
          if (hourly.recognise(edited).kind === 'off' && bare !== undefined && 'limits' in bare)
            expect(
              bare.limits.filter(({ windowMs, counts }) => windowMs === 3_600_000 && counts === undefined),
            ).toEqual([]);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('what a recipe says is what becomes of a call', () => {
  const outcome = <T>(recipe: Recipe<T>, value: T, tool: string, args: JsonObject) =>
    judged(recipe.apply(open, value), { tool, args })?.outcome;
  const others = ['https://evil.example/', 'good.example', '//good.example', 7, ['https://good.example/']];

  it.each(makers)('no webhook in %s, or only on the host', (tool) => {
    for (const callback_url of others) {
      expect(outcome(webhooks, { hosts: [] }, tool, { callback_url })).toBe('deny');
      expect(outcome(webhooks, { hosts: ['good.example'] }, tool, { callback_url })).toBe('deny');
    }
    const callback_url = 'https://GOOD.example/a';
    expect(outcome(webhooks, { hosts: ['good.example'] }, tool, { callback_url })).toBe('allow');
    expect(outcome(webhooks, { hosts: ['good.example'] }, tool, {})).toBe('allow');
    expect(outcome(webhooks, { hosts: [] }, tool, {})).toBe('allow');
    // How agents spell "none".
    expect(outcome(webhooks, { hosts: [] }, tool, { callback_url: null })).toBe('allow');
  });

  it.each(['start_image_url', 'end_image_url'])('a picture as %s, only from the host', (name) => {
    for (const tool of makers) {
      for (const value of [...others, null, ''])
        expect(outcome(pictures, { hosts: ['good.example'] }, tool, { [name]: value })).toBe('deny');
      expect(outcome(pictures, { hosts: ['good.example'] }, tool, { [name]: 'https://good.example/a' })).toBe(
        'allow',
      );
      expect(outcome(pictures, { hosts: [] }, tool, { [name]: 'https://good.example/a' })).toBe('deny');
      expect(outcome(pictures, { hosts: [] }, tool, { prompt: 'a cat' })).toBe('allow');
    }
  });

  it.each(makers)('a long prompt of %s is asked for', (tool) => {
    expect(outcome(longPrompts, { characters: 10 }, tool, { prompt: '0123456789' })).toBe('ask');
    expect(outcome(longPrompts, { characters: 10 }, tool, { prompt: '012345678' })).toBe('allow');
    // One character each, whatever they are in UTF-16.
    expect(outcome(longPrompts, { characters: 10 }, tool, { prompt: '🐈'.repeat(9) })).toBe('allow');
    expect(outcome(longPrompts, { characters: 10 }, tool, { prompt: ['a'] })).toBe('allow');
    expect(outcome(longPrompts, { characters: 10 }, tool, { prompt: 7 })).toBe('ask');
  });

  it('working hours: at another time a call is denied, or asked for', () => {
    const at = (outside: 'deny' | 'ask', minuteOfWeek: number) =>
      judged(workingHours.apply(open, { days: ['mon', 'tue'], from: '09:00', to: '18:00', outside }), {
        tool: 'luma_get_task',
        args: {},
        minuteOfWeek,
      });
    for (const [minute, is] of [
      [9 * 60 - 1, false],
      [9 * 60, true],
      [18 * 60 - 1, true],
      [18 * 60, false],
      [24 * 60 + 12 * 60, true],
      [2 * 24 * 60 + 12 * 60, false],
    ] as const) {
      expect(at('deny', minute)?.outcome).toBe(is ? 'allow' : 'deny');
      expect(at('ask', minute)?.outcome).toBe(is ? 'allow' : 'ask');
    }
    expect(at('deny', 0)).toMatchObject({
      rule: '/all_tools/require/0',
      message:
        "The policy allows this call only within Monday and Tuesday, 09:00 to 18:00, by the clock of the person's computer. Call again then.",
    });
    expect(at('ask', 0)).toMatchObject({
      rule: '/all_tools/require_approval/when/0',
      message:
        'The policy asks the person before "luma_get_task" runs outside of Monday and Tuesday, 09:00 to 18:00.',
    });
  });

  it('videos share one count an hour; what is looked up does not count', () => {
    const after = hourly.apply(open, { max: 5, scope: 'all' });
    const limits = (tool: string) => {
      const verdict = judged(after, { tool, args: {} });
      return verdict !== undefined && 'limits' in verdict ? verdict.limits : undefined;
    };
    for (const tool of makers)
      expect(limits(tool)).toMatchObject([
        { counter: 'videos', scope: 'all', windowMs: 3_600_000, max: 5, amount: 1 },
      ]);
    expect(limits('luma_get_task')).toEqual([]);
    expect(hourly.apply(after, undefined)).toEqual(open);
  });

  it('what others wrote about the same is custom, and said where', () => {
    const at = (recipe: Recipe<unknown>, more: object) =>
      recipe.recognise({ ...(open as object), ...more } as Json);
    const hook = { path: 'args.callback_url', op: 'exists', value: true };
    const limit = { counter: 'c', window: 'hour', max: 3 };
    const tool = 'luma_generate_video';
    expect(at(webhooks as Recipe<unknown>, { tools: { [tool]: { deny_if: [hook] } } })).toEqual({
      kind: 'custom',
      at: `/tools/${tool}/deny_if/0`,
    });
    expect(at(hourly as Recipe<unknown>, { tools: { [tool]: { limits: [limit] } } })).toEqual({
      kind: 'custom',
      at: `/tools/luma_generate_video_from_image`,
    });
    expect(at(hourly as Recipe<unknown>, { all_tools: { limits: [limit] } }).kind).toBe('custom');
    expect(at(hourly as Recipe<unknown>, { all_tools: { rate_limit: '3/hour' } }).kind).toBe('custom');
    const sunday = { days: ['sun'], from: '00:00', to: '24:00' };
    expect(
      at(workingHours as Recipe<unknown>, {
        all_tools: { deny_if: [{ path: 'time', op: 'during', value: sunday }] },
      }),
    ).toEqual({ kind: 'custom', at: '/all_tools/deny_if/0' });
    expect(at(longPrompts as Recipe<unknown>, { all_tools: { require_approval: true } })).toEqual({
      kind: 'custom',
      at: '/all_tools/require_approval',
    });
    expect(
      at(pictures as Recipe<unknown>, {
        all_tools: {
          require: [{ path: 'args.end_image_url', op: 'host_in', value: ['a.example'], absent: true }],
        },
      }).kind,
    ).toBe('custom');
  });

  it('a tool that gets another rule keeps its limit an hour, the same count', () => {
    const autopilot = plain.find(({ id }) => id === 'autopilot-on-a-budget')?.document ?? null;
    const paced = JSON.parse(JSON.stringify(autopilot).replaceAll('"videos"', '"pace"')) as Json;
    const tool = 'luma_extend_video';
    for (const choice of ['allow', 'ask', 'deny', 'custom', 'hide'] as const) {
      const after = stillHourly(paced, setToolOutcome(paced, tool, choice), tool);
      expect(hourly.recognise(after)).toEqual({ kind: 'on', value: { max: 5, scope: 'grant' } });
      expect(JSON.stringify(after)).not.toContain('"videos"');
    }
    // What was closed, and so without it, gets it as it is opened.
    const closed = {
      ...open,
      default: 'deny',
      tools: { luma_generate_video: {}, [tool]: { action: 'deny' } },
    };
    const limited = hourly.apply(closed as Json, { max: 2, scope: 'all' }) as {
      tools: Record<string, JsonObject>;
    };
    limited.tools[tool] = { action: 'deny' };
    const opened = stillHourly(limited as Json, setToolOutcome(limited as Json, tool, 'allow'), tool);
    expect(hourly.recognise(opened)).toEqual({ kind: 'on', value: { max: 2, scope: 'all' } });
  });

  it('a host that is never to be called is no recipe’s, and stays', () => {
    const never = neverHost(open, { argument: 'end_image_url', host: 'evil.example' }) ?? open;
    expect(pictures.recognise(never)).toEqual({ kind: 'off' });
    const on = pictures.apply(never, { hosts: ['good.example'] });
    expect(pictures.recognise(on).kind).toBe('on');
    expect(pictures.apply(on, undefined)).toEqual(never);
  });

  it('keeps the words that the person wrote for agents', () => {
    const on = webhooks.apply(open, { hosts: ['a.example'] }) as { all_tools: { require: JsonObject[] } };
    const worded = structuredClone(on);
    Object.assign(worded.all_tools.require[0] ?? {}, { on_deny: 'Only to a.' });
    expect(webhooks.apply(worded, { hosts: ['b.example'] })).toMatchObject({
      all_tools: { require: [{ value: ['b.example'], on_deny: 'Only to a.' }] },
    });
  });
});

interface Called {
  tool: string;
  args: JsonObject;
  /** Monday, 00:00, where it does not matter. */
  minuteOfWeek?: number;
}

/** Calls that a recipe may be about. */
const calls: fc.Arbitrary<Called> = fc
  .record({
    tool: fc.constantFrom(...makers, 'luma_get_task', 'other'),
    minuteOfWeek: fc.nat({ max: 7 * 24 * 60 - 1 }),
    args: fc.dictionary(
      fc.constantFrom('callback_url', 'start_image_url', 'end_image_url'),
      fc.constantFrom(
        'https://hooks.example/',
        'https://a.cdn.example/',
        'https://evil.example/',
        'text',
        '',
        null,
      ),
      { maxKeys: 2, noNullPrototype: true },
    ),
  })
  .chain((call) =>
    fc
      .constantFrom('', 'x'.repeat(400), 'x'.repeat(2000))
      .map((prompt) => ({ ...call, args: { ...call.args, prompt } })),
  );

/** With no schema to fit: what a policy says is looked at, not what Luma's tools take. */
function judged(document: Json, { tool, args, minuteOfWeek = 0 }: Called): Verdict | undefined {
  const parsed = parsePolicy(document);
  if (!parsed.ok) return undefined;
  return evaluate(parsed.policy, {
    tool,
    arguments: args,
    inputSchema: ANY,
    guard: 'policy',
    minuteOfWeek,
  });
}
const ANY = { type: 'object', additionalProperties: true };

function rank(verdict: Verdict | undefined): number {
  return verdict === undefined ? 3 : { allow: 0, ask: 1, deny: 2, hidden: 2 }[verdict.outcome];
}

/** Whether `verdict` of `call` is what `name` says, being on with `value`. */
function keptOut(
  name: string,
  value: never,
  { tool, args, minuteOfWeek = 0 }: Called,
  verdict: Verdict | undefined,
): boolean {
  const denied = rank(verdict) > 1;
  const only = (url: Json | undefined, hosts: readonly string[]) =>
    url === undefined ||
    hosts.some(
      (host) =>
        String(url).includes(`/${host}/`) ||
        (host.startsWith('*') && String(url).includes(`.${host.slice(2)}/`)),
    );
  const { hosts, characters, max, scope } = value as {
    hosts: string[];
    characters: number;
    max: number;
    scope: string;
  };
  switch (name) {
    case 'webhooks':
      return denied || (hosts.length === 0 && !args.callback_url) || only(args.callback_url, hosts);
    case 'pictures':
      return denied || (only(args.start_image_url, hosts) && only(args.end_image_url, hosts));
    case 'workingHours': {
      const { outside, ...hours } = value as WorkingHours;
      return duringTest(hours)(minuteOfWeek) || rank(verdict) > (outside === 'deny' ? 1 : 0);
    }
    case 'longPrompts':
      return rank(verdict) > 0 || String(args.prompt).length < characters;
    default:
      return (
        denied ||
        !makers.includes(tool) ||
        (verdict !== undefined &&
          'limits' in verdict &&
          verdict.limits.some(
            (limit) =>
              limit.max === max &&
              limit.scope === scope &&
              limit.windowMs === 3_600_000 &&
              limit.amount === 1 &&
              limit.whenReached === undefined,
          ))
      );
  }
}

/** What someone may do to a document by hand, at the part with the number `at`. */
interface Edit {
  at: number;
  how: 'remove' | 'replace' | 'append';
  what: Json;
}
const whats: readonly Json[] = [
  true,
  [],
  {},
  null,
  5,
  3600,
  'hour',
  'all',
  'session',
  'ask',
  'allow',
  'deny',
  'require_approval',
  'not_in',
  'exists',
  'args',
  'args.callback_url',
  'args.end_image_url',
  'args.prompt',
  'time',
  'not_during',
  ['sat'],
  ['evil.example'],
  [null],
  { counter: 'videos', window: 'hour', max: 5, scope: 'grant' },
  { path: 'args.callback_url', op: 'exists', value: true },
  { path: 'args.callback_url', op: 'not_in', value: [null, '', 'https://evil.example/'] },
  { path: 'args.prompt', op: 'length_gte', value: 3000 },
  { path: 'args.end_image_url', op: 'host_in', value: ['evil.example'], absent: true },
  { path: 'time', op: 'not_during', value: { days: ['mon'], from: '00:00', to: '24:00' } },
];
const edits = fc.array(
  fc.record({
    at: fc.nat(),
    how: fc.constantFrom('remove', 'replace', 'append'),
    what: fc.constantFrom(...whats),
  }),
  { minLength: 0, maxLength: 3 },
) as fc.Arbitrary<Edit[]>;

function mutated(document: Json, { at, how, what }: Edit): Json {
  const copy = structuredClone(document);
  const places = placesIn(copy);
  const place = places[at % Math.max(1, places.length)];
  if (place === undefined) return copy;
  const { within, key } = place;
  const value = Reflect.get(within, key) as Json;
  if (how === 'append' && Array.isArray(value)) value.push(what);
  else if (how === 'remove' && Array.isArray(within)) within.splice(Number(key), 1);
  else if (how === 'remove') Reflect.deleteProperty(within, key);
  else Reflect.set(within, key, what);
  return copy;
}

function placesIn(value: Json): { within: Json[] | JsonObject; key: string }[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => [
    { within: value, key },
    ...placesIn(member as Json),
  ]);
}

/** Its text, without members that say nothing: an empty list, an empty `all_tools`, a video tool listed as the default says. */
function essence(document: Json): string {
  const root = document as { default: string; all_tools?: JsonObject; tools: Record<string, JsonObject> };
  const full = (rule: JsonObject = {}): JsonObject =>
    Object.fromEntries(Object.entries(rule).filter(([, part]) => !Array.isArray(part) || part.length > 0));
  const listed = Object.entries(root.tools)
    .map(([name, rule]) => [name, full(rule)] as const)
    .filter(
      ([name, rule]) =>
        !makers.includes(name) ||
        root.default === 'deny' ||
        JSON.stringify(rule) !== JSON.stringify({ action: root.default }),
    );
  const { all_tools, ...rest } = root;
  const all = full(all_tools);
  return JSON.stringify({
    ...rest,
    ...(Object.keys(all).length > 0 && { all_tools: all }),
    tools: Object.fromEntries(listed),
  });
}
