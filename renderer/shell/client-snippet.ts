/**
 * What to paste into an MCP client's configuration, in the form that most of them read (`mcpServers`).
 * Without a token it says TOKEN in its place.
 */
export function clientSnippet(mcpUrl: string, token = 'TOKEN'): string {
  const greenlight = { type: 'http', url: mcpUrl, headers: { Authorization: `Bearer ${token}` } };
  return JSON.stringify({ mcpServers: { greenlight } }, null, 2);
}
