/** What the host says once it is ready. */
export interface Ready {
  mcpUrl: string;
  uiUrl: string;
  /** Only on the first run, when it is created: the token is not kept. */
  grant: { id: string; token: string } | undefined;
}

/** The one line of `--json`. */
export function readyLine({ mcpUrl, uiUrl, grant }: Ready): string {
  return `${JSON.stringify({ ready: true, mcpUrl, uiUrl, ...(grant && { grant }) })}\n`;
}

/** For a person at a terminal: the address, what to paste, where to look. */
export function welcome({ mcpUrl, uiUrl, grant }: Ready, home: string): string {
  const token = grant?.token ?? 'TOKEN';
  const snippet = {
    mcpServers: { greenlight: { type: 'http', url: mcpUrl, headers: { Authorization: `Bearer ${token}` } } },
  };
  const hint = grant
    ? 'Paste this into the configuration of your MCP client (the token is shown this once):'
    : 'Paste this into the configuration of your MCP client, with the token it was given;\nconnect a new client in the window to get one:';
  return `
Greenlight is on.

  MCP address   ${mcpUrl}
  Window        ${uiUrl}
  Data          ${home}

${hint}

${JSON.stringify(snippet, null, 2)}

Try it in the window sends a call that waits for your answer.
Ctrl+C stops Greenlight.
`;
}
