/**
 * Whether a text argument must be shown in quotes, because without them it would read as another value
 * (`"true"`, `"5"`) or as none (empty, only spaces).
 */
export function needsQuotes(text: string): boolean {
  return text.trim() !== text || text === '' || /^(?:true|false|null|-?\d[\d.eE+-]*)$/.test(text);
}
