/** Entries that lead to a server that Greenlight has no more, and that no record has as they are. */
import { UserFacingError } from '../../shared/user-facing-error.ts';
import type { ClientConfig } from './client.ts';
import { editConfig } from './document.ts';
import type { ConfigFile } from './files.ts';
import { isOff, leadsOnlyTo, ledTo, type Server } from './servers.ts';

/** One that nothing answers. `stays`: it cannot be taken out of its file. */
export interface Stray {
  found: Server;
  server: string;
  stays: boolean;
}

/** Those among `servers` of `file`, for the Greenlight at `mcpUrl`. `has`: whether there is a server. */
export function straysAmong(
  servers: readonly Server[],
  file: ConfigFile,
  config: ClientConfig,
  { mcpUrl, has }: { mcpUrl: string; has: (server: string) => boolean },
): Stray[] {
  return servers.flatMap((found) => {
    const server = ledTo(found, mcpUrl);
    if (server === undefined || has(server)) return [];
    // What its client has switched off is left alone; and what leads elsewhere, too, is for more than Greenlight.
    if (isOff(found) || !leadsOnlyTo(found, mcpUrl)) return [];
    return [{ found, server, stays: !isRemovable(found, file, config) }];
  });
}

function isRemovable({ at }: Server, { found, path }: ConfigFile, { format }: ClientConfig): boolean {
  try {
    editConfig(format, found?.text ?? '', path, [{ at }]);
    return true;
  } catch (error) {
    if (error instanceof UserFacingError) return false;
    throw error;
  }
}
