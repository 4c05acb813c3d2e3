import { isJsonObject, type Json } from '../../shared/json.ts';
import { LUMA } from '../../shared/server-id.ts';

/** The server that a document is for. */
export function serverOf(document: Json | undefined): string {
  const server = isJsonObject(document) ? document.server : undefined;
  return typeof server === 'string' ? server : LUMA;
}

/** The document for another server; for Luma it says none, as it was before there were others. */
export function forServer(document: Json, server: string): Json {
  if (!isJsonObject(document) || serverOf(document) === server) return document;
  const { version, server: _, ...rest } = document;
  return {
    ...(version !== undefined && { version }),
    ...(server !== LUMA && { server }),
    ...rest,
  };
}
