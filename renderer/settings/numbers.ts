/** Reads a whole number from `least` to `most`; a sentence where it is none. */
export function wholeNumber(
  text: string,
  least: number,
  most: number,
): { value: number } | { error: string } {
  const trimmed = text.trim();
  const value = /^\d{1,6}$/.test(trimmed) ? Number(trimmed) : Number.NaN;
  if (value >= least && value <= most) return { value };
  return { error: `Enter a whole number from ${least} to ${most}. What was there before is still in force.` };
}

/** Reads the ports of both listeners. Two listeners cannot share one, unless the system picks (0). */
export function portNumber(text: string, other: number): { value: number } | { error: string } {
  const port = wholeNumber(text, 0, 65_535);
  if ('value' in port && port.value !== 0 && port.value === other)
    return { error: `The other one listens on ${other} already. Choose another number.` };
  return port;
}
