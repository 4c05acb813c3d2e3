import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  costFromOf,
  costOf,
  effectOf,
  followDefault,
  forgetTool,
  namedTools,
  setApproval,
  setCost,
  setCostFrom,
  setHidden,
  setTimeoutOf,
  setToolOutcome,
  withOwnRule,
} from '../../../renderer/policies/document.ts';
import { readText, textOf } from '../../../renderer/policies/json-text.ts';
import type { Json, JsonObject } from '../../../shared/json.ts';
import { listOf, objectOf, type RulePlace, ruleAt, setField, setPart } from '../../../shared/policy/edit.ts';
import { evaluate, parsePolicy, presets } from '../../../shared/policy/index.ts';
import { approvalOf, type Choice, hiddenNames, outcomeOf } from '../../../shared/policy/outcome.ts';
import type { Category } from '../../../shared/tool-category.ts';
import {
  anyJson,
  predicate as anyPredicate,
  toolName as anyToolName,
  category,
  limit,
  policyDocument,
} from '../policy/arbitraries.ts';

/** As it is read from a text: JSON has no -0. */
const written = (value: unknown) => JSON.parse(JSON.stringify(value)) as Json;
const document = policyDocument.map(written);
const predicate = anyPredicate.map(written);
/** No policy may name a tool `__proto__`, and no builder shows one: upstreams cannot offer it. */
const toolName = anyToolName.filter((name) => name !== '__proto__');
const choice = fc.constantFrom<Choice>('allow', 'ask', 'deny', 'hide', 'custom');
const place = fc.oneof(
  fc.constant<RulePlace>('all_tools'),
  toolName.map((tool): RulePlace => ({ tool })),
);

/** One step of the builder, and the top-level fields it may touch. */
const step: fc.Arbitrary<{ run: (document: Json) => JsonObject; fields: string[]; tool?: string }> = fc.oneof(
  fc.tuple(toolName, choice).map(([tool, chosen]) => ({
    run: (before: Json) => setToolOutcome(before, tool, chosen),
    fields: ['hide', 'tools'],
    tool,
  })),
  fc.tuple(toolName, fc.option(fc.nat(50), { nil: undefined })).map(([tool, cost]) => ({
    run: (before: Json) => setCost(before, tool, cost),
    fields: ['costs'],
  })),
  fc.tuple(toolName, fc.option(fc.nat(50), { nil: undefined })).map(([tool, reserve]) => ({
    run: (before: Json) => setCostFrom(before, tool, 'usage.usd', reserve),
    fields: ['costs'],
  })),
  fc.tuple(place, predicate).map(([where, added]) => ({
    run: (before: Json) =>
      setPart(before, where, 'deny_if', [...listOf(ruleAt(before, where)?.deny_if), added as Json]),
    fields: [where === 'all_tools' ? 'all_tools' : 'tools'],
    ...(where === 'all_tools' ? {} : { tool: 'tool' in where ? where.tool : '' }),
  })),
  fc.tuple(place, limit, fc.uuid()).map(([where, added, counter]) => ({
    run: (before: Json) =>
      setPart(before, where, 'limits', [
        ...listOf(ruleAt(before, where)?.limits),
        { ...added, counter } as Json,
      ]),
    fields: [where === 'all_tools' ? 'all_tools' : 'tools'],
    ...(where === 'all_tools' ? {} : { tool: 'tool' in where ? where.tool : '' }),
  })),
  fc.tuple(place, predicate, fc.constantFrom('never', 'always', 'when')).map(([where, added, mode]) => ({
    run: (before: Json) => setApproval(before, where, mode as 'never', [added as Json]),
    fields: [where === 'all_tools' ? 'all_tools' : 'tools'],
    ...(where === 'all_tools' ? {} : { tool: 'tool' in where ? where.tool : '' }),
  })),
  toolName.map((tool) => ({
    run: (before: Json) => forgetTool(before, tool),
    fields: ['hide', 'costs', 'tools'],
    tool,
  })),
);

const without = (object: JsonObject, names: readonly string[]) =>
  Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));

describe('a step of the builder', () => {
  it('leaves the fields it is not about, and the other tools, as they are and in their order', () => {
    fc.assert(
      fc.property(document, step, (before, { run, fields, tool }) => {
        const was = textOf(before);
        const after = run(before);
        expect(textOf(before)).toBe(was);
        expect(textOf(without(after, fields))).toBe(textOf(without(objectOf(before), fields)));
        if (!fields.includes('tools')) return;
        const others = (of: Json) => without(objectOf(objectOf(of).tools), tool === undefined ? [] : [tool]);
        expect(textOf(others(after))).toBe(textOf(others(before)));
      }),
      { numRuns: 1000 },
    );
  });

  it('turns a valid policy into a valid policy, whose text is read as the same document again', () => {
    fc.assert(
      fc.property(document, fc.array(step, { maxLength: 6 }), (before, steps) => {
        const after = steps.reduce<Json>((now, { run }) => run(now), before);
        const reading = readText(textOf(after));
        expect(reading.problems).toEqual([]);
        expect(reading.document).toEqual(after);
        expect(textOf(reading.document as Json)).toBe(textOf(after));
      }),
      { numRuns: 1000 },
    );
  });

  it('throws at no document, whatever is in it', () => {
    fc.assert(
      fc.property(anyJson as fc.Arbitrary<Json>, step, toolName, (before, { run }, tool) => {
        const after = run(before);
        expect(['allow', 'ask', 'deny', 'hide', 'custom']).toContain(outcomeOf(after, tool).choice);
        effectOf(after, tool);
        namedTools(after);
      }),
    );
  });
});

describe('the outcome that is shown', () => {
  /** What becomes of a call without arguments, whose schema asks for none. */
  function judged(policy: Json, tool: string, category?: Category): string {
    const parsed = parsePolicy(policy);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
    const inputSchema = { type: 'object', additionalProperties: true };
    const { outcome } = evaluate(parsed.policy, {
      tool,
      arguments: {},
      inputSchema,
      category,
      guard: 'policy',
      minuteOfWeek: 0,
    });
    return outcome === 'hidden' ? 'hide' : outcome;
  }

  it('is what becomes of a plain call, unless that depends on its arguments', () => {
    fc.assert(
      fc.property(document, toolName, category, (policy, tool, kind) => {
        const effect = effectOf(policy, tool, kind);
        if (effect !== 'depends') expect(judged(policy, tool, kind)).toBe(effect);
      }),
      { numRuns: 2000 },
    );
  });

  it('is the one that was chosen, and a plain call is judged by it, unless every tool has a rule of its own', () => {
    fc.assert(
      fc.property(
        document,
        toolName,
        fc.constantFrom<Choice>('allow', 'ask', 'deny', 'hide'),
        (policy, tool, chosen) => {
          const shown = setHidden(setField(policy, 'all_tools', undefined), '*', false);
          const after = setToolOutcome(shown, tool, chosen);
          expect(outcomeOf(after, tool).choice).toBe(chosen);
          expect(effectOf(after, tool)).toBe(chosen);
          expect(judged(after, tool)).toBe(chosen);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('never opens a closed tool by the choice of Custom', () => {
    fc.assert(
      fc.property(document, toolName, (policy, tool) => {
        const before = effectOf(policy, tool);
        if (before !== 'deny' && before !== 'hide' && before !== 'ask') return;
        expect(['ask', 'depends', 'hide', 'deny']).toContain(
          effectOf(setToolOutcome(policy, tool, 'custom'), tool),
        );
        const listed = outcomeOf(setToolOutcome(policy, tool, 'custom'), tool);
        if (hiddenNames(policy).includes('*')) expect(listed.choice).toBe('hide');
      }),
    );
  });

  it.each([
    ['ask-before-every-video', 'luma_generate_video', 'ask', 'rule'],
    ['ask-before-every-video', 'luma_get_task', 'custom', 'rule'],
    ['ask-before-every-video', 'luma_list_actions', 'allow', 'rule'],
    ['ask-before-every-video', 'some_other_tool', 'deny', 'default'],
    ['autopilot-on-a-budget', 'luma_generate_video', 'custom', 'rule'],
    ['look-but-dont-spend', 'luma_generate_video', 'deny', 'rule'],
  ])('of the preset %s, for %s, is %s by its %s', (id, tool, expected, because) => {
    const preset = presets.find((each) => each.id === id);
    expect(outcomeOf(preset?.document as Json, tool)).toEqual({ choice: expected, because });
  });
});

describe('choosing an outcome', () => {
  const custom = {
    deny_if: [{ path: 'args.callback_url', op: 'exists', value: true }],
    limits: [{ counter: 'videos', window: 'day', max: 5 }],
    require_approval: { timeout: '10m' },
  };
  const policy: Json = { version: '1', default: 'deny', tools: { make: custom, look: {} } };

  it('Deny and Hide keep the conditions, and Custom brings them back', () => {
    for (const chosen of ['deny', 'hide'] as const) {
      const closed = setToolOutcome(policy, 'make', chosen);
      expect(outcomeOf(closed, 'make').choice).toBe(chosen);
      expect(setToolOutcome(closed, 'make', 'custom')).toEqual(policy);
    }
  });

  it('Allow removes what would still count, and Ask keeps how long it waits', () => {
    expect(ruleAt(setToolOutcome(policy, 'make', 'allow'), { tool: 'make' })).toEqual({});
    expect(ruleAt(setToolOutcome(policy, 'make', 'ask'), { tool: 'make' })).toEqual({
      require_approval: { timeout: '10m' },
    });
  });

  it('Custom takes up the rule that was there before', () => {
    const allowed = setToolOutcome(policy, 'make', 'allow');
    expect(setToolOutcome(allowed, 'make', 'custom', custom)).toEqual(policy);
  });

  it('Custom on a denied or unlisted tool asks; on an allowed one it changes nothing yet', () => {
    const denied = setToolOutcome(policy, 'look', 'deny');
    expect(ruleAt(setToolOutcome(denied, 'look', 'custom'), { tool: 'look' })).toEqual({
      require_approval: true,
    });
    expect(ruleAt(setToolOutcome(policy, 'new', 'custom'), { tool: 'new' })).toEqual({
      require_approval: true,
    });
    expect(setToolOutcome(policy, 'look', 'custom')).toEqual(policy);
  });

  it('a tool hidden with all others stays hidden until they are shown', () => {
    const all = setHidden(policy, '*', true);
    expect(outcomeOf(setToolOutcome(all, 'look', 'allow'), 'look')).toEqual({
      choice: 'hide',
      because: 'hide all',
    });
    expect(setHidden(all, '*', false)).toEqual(policy);
  });
});

describe('smaller steps', () => {
  const policy: Json = { version: '1', default: 'deny', tools: {} };

  it('says where the answer has the cost of a call, and what counts meanwhile', () => {
    const policy = { version: '1', default: 'deny', tools: { make: {} } };
    const fixed = setCost(policy, 'make', 0.4);
    expect(costFromOf(fixed, 'make')).toBeUndefined();
    const answer = setCostFrom(fixed, 'make', 'usage.usd', 0.4);
    expect(objectOf(answer.costs).make).toEqual({ cost_from: 'usage.usd', reserve: 0.4 });
    expect(costFromOf(answer, 'make')).toEqual({ path: 'usage.usd', reserve: 0.4 });
    expect(costOf(answer, 'make')).toBeUndefined();
    expect(parsePolicy(answer).ok).toBe(true);
    const nothing = setCostFrom(answer, 'make', 'usage.total', undefined);
    expect(objectOf(nothing.costs).make).toEqual({ cost_from: 'usage.total' });
    expect(setCost(nothing, 'make', undefined)).toEqual(policy);
  });

  it('put new members where a reader looks for them', () => {
    let document: Json = setCost(policy, 'make', 0.4);
    document = setField(document, 'description', 'Mine.');
    document = setPart(document, 'all_tools', 'limits', [{ counter: 'a', window: 'day', max: 1 }]);
    document = setHidden(document, 'secret', true);
    expect(Object.keys(objectOf(document))).toEqual([
      'version',
      'description',
      'default',
      'hide',
      'costs',
      'all_tools',
      'tools',
    ]);
  });

  it('leave nothing empty behind, except a rule that allows', () => {
    let document: Json = setCost(policy, 'make', 0.4);
    document = setCost(document, 'make', undefined);
    document = setPart(document, 'all_tools', 'validate_arguments', false);
    document = setPart(document, 'all_tools', 'validate_arguments', undefined);
    document = setHidden(setHidden(document, 'make', true), 'make', false);
    expect(document).toEqual(policy);
    expect(setToolOutcome(document, 'make', 'allow').tools).toEqual({ make: {} });
    expect(followDefault(setToolOutcome(document, 'make', 'allow'), 'make')).toEqual(policy);
  });

  it('ask in the way that was chosen, and remember how long', () => {
    const when = [{ path: 'args.prompt', op: 'length_gte', value: 1000 }];
    const place = { tool: 'make' };
    let document: Json = setApproval(policy, place, 'always');
    expect(ruleAt(document, place)).toEqual({ require_approval: true });
    document = setTimeoutOf(document, place, '2m');
    document = setApproval(document, place, 'when', when);
    expect(ruleAt(document, place)).toEqual({ require_approval: { when, timeout: '2m' } });
    expect(approvalOf(ruleAt(document, place))).toEqual({ mode: 'when', timeout: '2m' });
    expect(ruleAt(setApproval(document, place, 'when', []), place)).toEqual({
      require_approval: { timeout: '2m' },
    });
    expect(ruleAt(setApproval(document, place, 'never'), place)).toEqual({});
    document = setTimeoutOf(setApproval(document, place, 'always'), place, undefined);
    expect(ruleAt(document, place)).toEqual({ require_approval: true });
  });

  it('take a tool out for good', () => {
    let document: Json = setToolOutcome(policy, 'make', 'ask');
    document = setHidden(setCost(document, 'make', 1), 'make', true);
    expect(namedTools(document)).toEqual(['make']);
    expect(costOf(document, 'make')).toBe(1);
    expect(forgetTool(document, 'make')).toEqual(policy);
  });

  it('treat __proto__ as a name like any other', () => {
    const odd = JSON.parse(
      '{"version":"1","default":"deny","tools":{"__proto__":{"action":"deny"}}}',
    ) as Json;
    expect(namedTools(odd)).toEqual(['__proto__']);
    expect(outcomeOf(odd, '__proto__').choice).toBe('deny');
    expect(textOf(setToolOutcome(odd, 'make', 'allow'))).toContain('"__proto__"');
    expect(outcomeOf(policy, 'constructor').because).toBe('default');
  });
});

describe('a rule of its own for a tool that has none', () => {
  it('says what holds without it', () => {
    fc.assert(
      fc.property(document, toolName, category, (policy, tool, of) => {
        const own = withOwnRule(policy, tool, of);
        expect(outcomeOf(own, tool, of).choice).toBe(outcomeOf(policy, tool, of).choice);
      }),
    );
  });

  it('goes on asking where the default asks, whatever else it is given', () => {
    const policy = { version: '1', default: 'require_approval', tools: {} };
    const own = withOwnRule(policy, 'write_file', 'write');
    expect(approvalOf(ruleAt(own, { tool: 'write_file' })).mode).toBe('always');
    const limited = setPart(own, { tool: 'write_file' }, 'limits', [{ counter: 'c', window: 'day', max: 5 }]);
    expect(approvalOf(ruleAt(limited, { tool: 'write_file' })).mode).toBe('always');
  });
});
