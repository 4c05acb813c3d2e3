/**
 * The bundle (`.mcpb`) by which Claude Desktop reaches Greenlight without anything from elsewhere: a manifest, and a
 * program for the Node that Claude Desktop brings (bridge.ts).
 */
import { readFileSync } from 'node:fs';
import module from 'node:module';
import { extname, join } from 'node:path';
import { entryName } from './client.ts';
import { zip } from './zip.ts';

/**
 * The manifest: https://github.com/modelcontextprotocol/mcpb/blob/main/MANIFEST.md. Of version 0.2, which every Claude
 * Desktop takes; 0.3 is refused by some (modelcontextprotocol/mcpb#143), and has nothing that is needed here.
 */
function manifestOf(mcpUrl: string, version: string) {
  return {
    manifest_version: '0.2',
    name: entryName,
    display_name: 'Greenlight',
    version,
    description: 'Luma through Greenlight, which asks you before a video is made.',
    long_description:
      'Hands Claude’s calls to the Greenlight on this computer, and its answers back. Greenlight must be running. ' +
      'It judges each call by your policy, and asks you where the policy says so.',
    author: { name: 'The Greenlight authors' },
    license: 'Apache-2.0',
    server: {
      type: 'node',
      entry_point: 'server/index.js',
      mcp_config: {
        command: 'node',
        // biome-ignore-start lint/suspicious/noTemplateCurlyInString: Claude Desktop puts the values there.
        args: ['${__dirname}/server/index.js'],
        env: {
          GREENLIGHT_ADDRESS: '${user_config.address}',
          GREENLIGHT_TOKEN: '${user_config.token}',
        },
        // biome-ignore-end lint/suspicious/noTemplateCurlyInString: as above
      },
    },
    tools_generated: true,
    prompts_generated: true,
    user_config: {
      token: {
        type: 'string',
        title: 'Token',
        description: 'The token that Greenlight made for Claude Desktop, under Clients.',
        required: true,
        sensitive: true,
      },
      address: {
        type: 'string',
        title: 'Address',
        description: 'Where Greenlight listens. Change it only if you have changed Greenlight’s port.',
        required: false,
        default: mcpUrl,
      },
    },
    compatibility: { platforms: ['darwin', 'win32', 'linux'], runtimes: { node: '>=18.0.0' } },
  };
}

/** The bundle for a Greenlight of `version` that listens at `mcpUrl`. No token is in it. */
export function createBundle(mcpUrl: string, version: string): Buffer {
  return zip({
    'manifest.json': `${JSON.stringify(manifestOf(mcpUrl, version), undefined, 2)}\n`,
    'package.json': '{ "type": "module" }\n',
    'server/index.js': bridge(),
  });
}

/** The program, as it is beside the bundle of a built host, or its source. */
function bridge(): string {
  const ending = extname(import.meta.filename);
  const text = readFileSync(join(import.meta.dirname, `bridge${ending}`), 'utf8');
  return ending === '.ts' ? module.stripTypeScriptTypes(text) : text;
}
