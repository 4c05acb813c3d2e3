/** How many colours there are (client-mark in app.css turns each into one of its own). */
const COLOURS = 8;

/**
 * The mark of a client: its first letter on a colour of its own, the same wherever the client is shown. Only there to be
 * recognised by: the name stands beside it.
 */
export function ClientMark({ client }: { client: { id: string; label: string } }) {
  let sum = 0;
  for (const character of client.id) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 9973;
  const letter = /[\p{Letter}\p{Number}]/u.exec(client.label)?.[0].toLocaleUpperCase() ?? '·';
  return (
    <span
      aria-hidden="true"
      data-colour={sum % COLOURS}
      className="client-mark inline-flex size-7 shrink-0 items-center justify-center rounded-lg text-[13px] font-semibold select-none"
    >
      {letter}
    </span>
  );
}
