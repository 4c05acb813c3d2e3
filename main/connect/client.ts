/** What is known of a client, and how one is told where Greenlight is. */
import type { JsonObject } from '../../shared/json.ts';
import type { Format } from './document.ts';
import type { Place } from './places.ts';

/** Where a client connects, and with what. */
export interface Access {
  mcpUrl: string;
  token: string;
  /** How the entry is called, where it is not Greenlight's own for Luma. */
  name?: string;
}

/** A client's configuration file and how its MCP servers are written in it. */
export interface ClientConfig {
  format: Format;
  path(place: Place): string;
  /** The member that holds the servers by name. */
  servers: string;
  /** Members elsewhere in the file that hold servers too: looked through, never added to. */
  alsoIn?(config: JsonObject): string[][];
  /** Whether an entry with a `url` and without a type is one of the old transport (SSE). */
  plainUrlIsSse?: boolean;
}

export interface ConnectClient {
  id: string;
  name: string;
  /** The one platform that it is for. */
  only?: NodeJS.Platform;
  /** Absent: there is only a snippet. */
  config?: ClientConfig;
  /** Of a client that Greenlight does not know: the form of what is to be entered, and where in it the servers are. */
  form?: string;
  written?: Pick<ClientConfig, 'format' | 'servers'>;
  /** Paths and commands of which one is there when the application is installed. */
  signs: { paths(place: Place): string[]; commands: string[] };
  /** What is written under the name `greenlight`. */
  entry(access: Access): JsonObject;
  /** What to paste, where that is not the entry in its place in the file. */
  snippet?(access: Access): string;
  note?: string;
  /** Whether it also takes a bundle (bundle.ts). */
  bundle?: boolean;
  /** What the person does after the change, where that is not to start the application again. */
  afterwards?: string;
}

/** The name under which Greenlight is entered in every client. */
export const entryName = 'greenlight';

/**
 * The version that was read and tried. Pinned, because it is handed the client's token: what npm serves as
 * the latest tomorrow is not for a person who approved this change today.
 */
const mcpRemote = 'mcp-remote@0.15.1';

/** An entry for clients that only start commands. */
export const bridged = ({ mcpUrl, token }: Access) => ({
  command: 'npx',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: mcp-remote puts the variable's value there.
  args: ['-y', mcpRemote, mcpUrl, '--transport', 'http-only', '--header', 'Authorization:${AUTH_HEADER}'],
  env: { AUTH_HEADER: `Bearer ${token}` },
});

export const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
