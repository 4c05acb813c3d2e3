const unitMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/**
 * Milliseconds of a duration as policies and settings write it: a whole number and `s`, `m`, `h` or `d`
 * ("30s", "5m", "2h", "1d"). `undefined` when the text is anything else.
 */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,9})([smhd])$/.exec(text);
  if (match === null) return undefined;
  return Number(match[1]) * unitMs[match[2] as keyof typeof unitMs];
}

const words: readonly (readonly [ms: number, word: string])[] = [
  [unitMs.d, 'd'],
  [unitMs.h, 'h'],
  [unitMs.m, 'min'],
  [unitMs.s, 's'],
];

/**
 * A duration for people and agents: "45 s", "4 min 30 s", "2 h". At most two neighbouring units; what is
 * smaller is rounded up, so that "try again in ..." is never too early. Less than nothing is "0 s".
 */
export function formatDuration(ms: number): string {
  if (!(ms > 0)) return '0 s';
  const seconds = Math.ceil(ms / 1000) * 1000;
  const first = words.findIndex(([unit]) => seconds >= unit);
  const [big, bigWord] = words[first] ?? [unitMs.s, 's'];
  const [small, smallWord] = words[first + 1] ?? [big, bigWord];
  const rounded = Math.ceil(seconds / small) * small;
  // Rounding up may complete the larger unit, and that may complete the next: 59 min 59.5 s is 1 h.
  const larger = words[first - 1];
  if (larger !== undefined && rounded >= larger[0]) return `1 ${larger[1]}`;
  const rest = (rounded % big) / small;
  const whole = `${Math.floor(rounded / big)} ${bigWord}`;
  return rest === 0 || small === big ? whole : `${whole} ${rest} ${smallWord}`;
}
