import type { Json } from '../../shared/json.ts';
import type { ToolKind } from '../../shared/tool-category.ts';
import type { Clock } from '../base/ports.ts';
import { createSandboxUpstream } from './sandbox/sandbox.ts';
import { sandboxTools } from './sandbox/tools.ts';
import { kindOf } from './tools/categories.ts';
import { type ToolDefinition, toDefinition } from './tools/tools.ts';
import type { Upstream } from './upstream.ts';

/** Where test calls go, whatever the upstream is: a sandbox of their own, which nothing is spent in. */
export interface TestUpstream {
  upstream: Upstream;
  /** A tool of it. Its definitions are Greenlight's own: none is ever changed. */
  find(name: string): (ToolDefinition & ToolKind) | 'absent';
}

export function createTestUpstream(clock: Clock): TestUpstream {
  const tools = new Map(
    sandboxTools.flatMap((tool) => {
      const definition = toDefinition(tool as unknown as Json);
      return definition ? [[tool.name, definition] as const] : [];
    }),
  );
  const find: TestUpstream['find'] = (name) => {
    const tool = tools.get(name);
    return tool ? { ...tool, ...kindOf(tool) } : 'absent';
  };
  return { upstream: createSandboxUpstream({ clock }), find };
}
