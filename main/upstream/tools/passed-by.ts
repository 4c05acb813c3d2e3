import { inTurns } from '../../base/turns.ts';
import { kindOf } from './categories.ts';
import { digestOf, type ToolChange } from './changes.ts';
import { createToolMeasure } from './measure.ts';
import type { ToolDefinition } from './page.ts';

/**
 * Definitions that passed by in answers to clients while no list was read: calls are judged by them, and asked for,
 * since nobody accepted them. What the person accepts is only ever what Greenlight has read itself.
 */
export interface PassedBy {
  /** Returns the names of those that are new, or another than before; none where together they are too many. */
  add(definitions: readonly ToolDefinition[]): Promise<ReadonlySet<string>>;
  get(name: string): (ToolDefinition & { change: ToolChange }) | undefined;
  /** All of them, which are forgotten. */
  take(): ToolDefinition[];
}

export function createPassedBy(now: () => number): PassedBy {
  const seen = new Map<string, { tool: ToolDefinition; seenAt: number }>();
  return {
    async add(definitions) {
      const measure = createToolMeasure();
      const all = new Map([...seen.values()].map(({ tool }) => [tool.name, tool]));
      for (const tool of definitions) all.set(tool.name, tool);
      try {
        await inTurns(new Set(all.values()), (tool) => {
          const length = measure(tool);
          digestOf(tool);
          kindOf(tool);
          return length;
        });
      } catch {
        return new Set();
      }
      const other = definitions.filter((tool) => {
        const known = seen.get(tool.name)?.tool;
        return !known || digestOf(known) !== digestOf(tool);
      });
      for (const tool of other) seen.set(tool.name, { tool, seenAt: now() });
      return new Set(other.map(({ name }) => name));
    },
    get(name) {
      const found = seen.get(name);
      if (!found) return undefined;
      const { tool, seenAt } = found;
      return { ...tool, change: { digest: digestOf(tool), after: tool, seenAt, unread: true } };
    },
    take() {
      const tools = [...seen.values()].map(({ tool }) => tool);
      seen.clear();
      return tools;
    },
  };
}
