import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../shared/json.ts';
import {
  evaluate,
  type PolicyCall,
  type PolicyDocument,
  parsePolicy,
  presets,
  type Rule,
  type Verdict,
} from '../../../shared/policy/index.ts';
import {
  anyJson,
  callArguments,
  category,
  guard,
  limit,
  policyDocument,
  predicate,
  toolName,
} from './arbitraries.ts';
import { lumaSchema, policyOf } from './support.ts';

const call = fc.record<PolicyCall>({
  tool: toolName,
  arguments: callArguments,
  inputSchema: fc.constantFrom(
    undefined,
    lumaSchema('luma_generate_video'),
    {},
    { additionalProperties: true },
  ),
  guard,
  category,
  minuteOfWeek: fc.nat({ max: 7 * 24 * 60 - 1 }),
});

/** How strict a verdict is. Hidden and denied alike are not forwarded. */
const strictness = (verdict: Verdict) => ({ allow: 0, ask: 1, deny: 2, hidden: 2 })[verdict.outcome];

describe('under any valid policy', () => {
  it('every call gets a well-formed verdict, the same each time', () => {
    fc.assert(
      fc.property(policyDocument, call, (document, made) => {
        const first = evaluate(policyOf(document), made);
        const second = evaluate(policyOf(structuredClone(document)), structuredClone(made));
        expect(second).toEqual(first);
        expect(first.rule).toMatch(
          /^$|^\/categories$|^\/(?:tools|all_tools|categories)\/|^\((?!internal error)[a-z ]+(?:require_approval)?\)$/,
        );
        expect(first.message === '').toBe(first.outcome === 'allow');
        if (first.outcome === 'deny' || first.outcome === 'hidden') return;
        for (const demand of first.limits) {
          if (first.costFrom && demand.counts === 'cost') expect(demand.amount).toBeGreaterThanOrEqual(0);
          else expect(demand.amount).toBeGreaterThan(0);
          expect(Number.isFinite(demand.amount + demand.windowMs + demand.max)).toBe(true);
        }
      }),
      { numRuns: 1500 },
    );
  });

  it('judging changes neither the call nor the policy', () => {
    fc.assert(
      fc.property(policyDocument, call, (document, made) => {
        const policy = policyOf(document);
        const before = [structuredClone(made), JSON.stringify(policy.document)];
        evaluate(policy, made);
        expect([made, JSON.stringify(policy.document)]).toEqual(before);
      }),
    );
  });

  it('each rule that is named by a pointer is in the document, unless it is a default that was not written', () => {
    fc.assert(
      fc.property(policyDocument, call, (document, made) => {
        const { rule } = evaluate(policyOf(document), made);
        if (!rule.startsWith('/') || rule.endsWith('/validate_arguments')) return;
        const parts = rule
          .slice(1)
          .split('/')
          .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
        let at: unknown = document;
        for (const part of parts) at = (at as Record<string, unknown>)[part];
        expect(at).toBeDefined();
      }),
    );
  });

  it('nothing is allowed while the person blocks everything, nor without asking while they ask for all', () => {
    fc.assert(
      fc.property(policyDocument, call, (document, made) => {
        const policy = policyOf(document);
        expect(evaluate(policy, { ...made, guard: 'block' })).toMatchObject({ rule: '(blocked by user)' });
        expect(evaluate(policy, { ...made, guard: 'ask' }).outcome).not.toBe('allow');
        expect(evaluate(policy, { ...made, guard: 'allow' })).toEqual(
          evaluate(policy, { ...made, guard: 'policy' }),
        );
      }),
    );
  });
});

describe('adding a restriction never permits more', () => {
  type Change = (document: PolicyDocument, tool: string) => PolicyDocument;

  /** Adds to the list `field` of the tool's rule where it has one, or of `all_tools`, at either end. */
  const adding = (
    field: 'deny_if' | 'require' | 'limits',
    item: object,
    end: boolean,
    all: boolean,
  ): Change => {
    const add = <T extends Partial<Rule>>(rule: T): T => {
      const list = (rule[field] ?? []) as object[];
      return { ...rule, [field]: end ? [...list, item] : [item, ...list] };
    };
    return (document, tool) => {
      const rule = Object.hasOwn(document.tools, tool) ? document.tools[tool] : undefined;
      return all || rule === undefined
        ? { ...document, all_tools: add(document.all_tools ?? {}) }
        : { ...document, tools: { ...document.tools, [tool]: add(rule) } };
    };
  };

  const item = fc.oneof(
    predicate.map((value) => ['deny_if', value] as const),
    predicate.map((value) => ['require', value] as const),
    limit.map((value) => ['limits', { ...value, counter: 'added' }] as const),
  );
  const change: fc.Arbitrary<Change> = fc.oneof(
    fc
      .tuple(item, fc.boolean(), fc.boolean())
      .map(([[field, value], end, all]) => adding(field, value, end, all)),
    fc.constantFrom('t', 'u', '*').map(
      (name): Change =>
        (document) => ({ ...document, hide: [...(document.hide ?? []), name] }),
    ),
  );

  it('of deny_if, require, limits and hide, at any place', () => {
    fc.assert(
      fc.property(policyDocument, change, call, (document, restrict, made) => {
        const before = evaluate(policyOf(document), made);
        const after = evaluate(policyOf(restrict(document, made.tool)), made);
        expect(strictness(after)).toBeGreaterThanOrEqual(strictness(before));
        if (before.outcome === 'allow' || before.outcome === 'ask') {
          const kept = 'limits' in after ? after.limits.map(({ rule, ...demand }) => demand) : undefined;
          for (const { rule, ...demand } of before.limits) if (kept) expect(kept).toContainEqual(demand);
        }
      }),
      { numRuns: 1500 },
    );
  });
});

describe('categories', () => {
  it('say nothing of a tool that is listed', () => {
    fc.assert(
      fc.property(policyDocument, call, category, (document, made, other) => {
        fc.pre(Object.hasOwn(document.tools, made.tool));
        const { categories: _, ...without } = document;
        const verdict = evaluate(policyOf(document), made);
        expect(evaluate(policyOf(document), { ...made, category: other })).toEqual(verdict);
        expect(evaluate(policyOf(without), made)).toEqual(verdict);
      }),
    );
  });

  it('of a tool whose category nobody knows let no call through', () => {
    fc.assert(
      fc.property(policyDocument, call, (document, made) => {
        fc.pre(document.categories !== undefined && !Object.hasOwn(document.tools, made.tool));
        expect(evaluate(policyOf(document), { ...made, category: undefined }).outcome).not.toBe('allow');
      }),
    );
  });

  it('without a rule of its category a tool is judged by the default', () => {
    fc.assert(
      fc.property(policyDocument, call, (document, made) => {
        fc.pre(made.category !== undefined && !Object.hasOwn(document.categories ?? {}, made.category));
        const { categories: _, ...without } = document;
        expect(evaluate(policyOf(document), made)).toEqual(evaluate(policyOf(without), made));
      }),
    );
  });
});

describe('reading a policy', () => {
  it('never throws and always says what is wrong', () => {
    fc.assert(
      fc.property(
        fc.oneof(anyJson, fc.anything({ withBigInt: true, withDate: true, withMap: true })),
        (input) => {
          const parsed = parsePolicy(input);
          expect(parsed.ok || parsed.errors.length > 0).toBe(true);
        },
      ),
    );
  });

  it('one unknown key anywhere makes the whole invalid, pointed at', () => {
    const places = (value: unknown, at: string[] = []): string[][] =>
      typeof value !== 'object' || value === null || at.at(-1) === 'value'
        ? []
        : [
            // Tool names are free, and lists have no keys.
            ...(Array.isArray(value) || /^(?:tools|costs)$/.test(at.join('/')) ? [] : [at]),
            ...Object.entries(value).flatMap(([name, member]) => places(member, [...at, name])),
          ];
    fc.assert(
      fc.property(
        fc.oneof(policyDocument, fc.constantFrom(...presets.map((p) => p.document))),
        fc.nat(),
        (document, n) => {
          // Presets share parts between tools, which a structured clone would keep.
          const copy = JSON.parse(JSON.stringify(document)) as PolicyDocument;
          const all = places(copy);
          const at = all[n % all.length] as string[];
          let target = copy as unknown as JsonObject;
          for (const name of at) target = target[name] as JsonObject;
          target.actoin = 'deny';
          const parsed = parsePolicy(copy);
          const pointers = parsed.ok ? [] : parsed.errors.map((error) => error.pointer);
          const expected = [...at, 'actoin'].map(
            (part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`,
          );
          expect(pointers).toEqual([expected.join('')]);
        },
      ),
    );
  });

  it('what was read reads again as itself', () => {
    fc.assert(
      fc.property(policyDocument, (document) => {
        expect(policyOf(JSON.parse(JSON.stringify(policyOf(document).document))).document).toEqual(
          JSON.parse(JSON.stringify(document)),
        );
      }),
    );
  });
});
