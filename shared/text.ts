/**
 * Text from agents, made honest: characters that change how text reads without being seen become marks.
 * (Unicode UTS #39 and TR #36 describe the tricks: reordering by bidirectional controls, hidden messages in
 * tag characters and variation selectors, zero-width characters.)
 */

/** A stretch of text to show as it is, or characters to show as a labelled mark. */
export type VisiblePart =
  | { kind: 'text'; text: string }
  | {
      kind: 'mark';
      /** What the mark shows: `U+202E`, `U+200B ×12`. */
      label: string;
      /** What it is, in words. */
      name: string;
    };

/**
 * Characters that are not seen, or that move others: controls except tab and line feed, bidirectional
 * controls, whatever Unicode lets a renderer ignore, line and paragraph separators, annotations, the blank
 * braille pattern, lone surrogates.
 */
export const SUSPECT =
  /(?![\t\n])[\p{Cc}\p{Cs}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\u2028\u2029\ufff9-\ufffb\u2800]/u;

const ALL_SUSPECT = new RegExp(SUSPECT.source, 'gu');

const NAMES: Record<number, string> = {
  0: 'null character',
  7: 'bell',
  8: 'backspace',
  13: 'carriage return',
  27: 'escape',
  127: 'delete',
  173: 'soft hyphen',
  1564: 'Arabic letter mark',
  8203: 'zero width space',
  8204: 'zero width non-joiner',
  8205: 'zero width joiner',
  8206: 'left-to-right mark',
  8207: 'right-to-left mark',
  8232: 'line separator',
  8233: 'paragraph separator',
  8234: 'left-to-right embedding',
  8235: 'right-to-left embedding',
  8236: 'end of a change of direction',
  8237: 'left-to-right override',
  8238: 'right-to-left override',
  8288: 'word joiner',
  8294: 'left-to-right isolate',
  8295: 'right-to-left isolate',
  8296: 'first strong isolate',
  8297: 'end of an isolate',
  10240: 'blank braille pattern',
  12644: 'Hangul filler',
  65279: 'zero width no-break space',
};

/**
 * Splits `text` into what can be shown as it is and what must be marked. Windows line ends count as line
 * ends. Emoji sequences and the joiners of Arabic and Indic scripts stay as they are: there, these
 * characters do what they are for.
 */
export function visibleText(text: string): VisiblePart[] {
  const parts: VisiblePart[] = [];
  const source = text.replaceAll('\r\n', '\n');
  let shown = 0;
  ALL_SUSPECT.lastIndex = 0;
  for (let match = ALL_SUSPECT.exec(source); match !== null; match = ALL_SUSPECT.exec(source)) {
    if (belongs(source, match.index, match[0])) continue;
    if (match.index > shown) parts.push({ kind: 'text', text: source.slice(shown, match.index) });
    const end = runEnd(source, match.index);
    parts.push(mark(source.slice(match.index, end)));
    shown = ALL_SUSPECT.lastIndex = end;
  }
  if (shown < source.length) parts.push({ kind: 'text', text: source.slice(shown) });
  return parts;
}

/** The same for places that take no markup (an attribute, an option): each mark as its code point in brackets. */
export function markedText(text: string): string {
  return visibleText(text)
    .map((part) => (part.kind === 'text' ? part.text : `[${part.label}]`))
    .join('');
}

/** Where the run that starts at `start` ends: the same character over and over, or a hidden message. */
function runEnd(source: string, start: number): number {
  const first = codePoint(source, start);
  let end = start;
  while (end < source.length) {
    const next = codePoint(source, end);
    if (next !== first && !(isTag(first) && isTag(next)) && !(isSelector(first) && isSelector(next))) break;
    end += next > 0xffff ? 2 : 1;
  }
  return end;
}

function mark(run: string): VisiblePart {
  const points = Array.from(run, (character) => codePoint(character, 0));
  const first = points[0] ?? 0;
  const times = points.length > 1 ? ` ×${points.length}` : '';
  const label = `U+${first.toString(16).toUpperCase().padStart(4, '0')}${times}`;
  if (isTag(first)) return { kind: 'mark', label, name: `hidden text: “${tagText(points)}”` };
  return { kind: 'mark', label, name: NAMES[first] ?? kindName(first) };
}

function kindName(point: number): string {
  if (isSelector(point)) return 'variation selector without a character to vary';
  if (point < 0xa0) return 'control character';
  if (point >= 0xd800 && point <= 0xdfff) return 'half a character';
  return 'invisible character';
}

/** What tag characters spell: each stands for the ASCII character 0xE0000 below it. */
function tagText(points: number[]): string {
  return points
    .map((point) => point - 0xe0000)
    .filter((ascii) => ascii >= 0x20 && ascii < 0x7f)
    .map((ascii) => String.fromCharCode(ascii))
    .join('');
}

const isTag = (point: number) => point >= 0xe0000 && point <= 0xe007f;

const isSelector = (point: number) =>
  (point >= 0xfe00 && point <= 0xfe0f) || (point >= 0xe0100 && point <= 0xe01ef);

function codePoint(text: string, index: number): number {
  return text.codePointAt(index) ?? 0;
}

// Each looks at one whole character. Without its `^`, Chromium 156 misses characters beyond U+FFFF before `$`.
const EMOJI_BEFORE = /^(?:[\p{Extended_Pictographic}\p{Emoji_Modifier}]|\ufe0f)$/u;
const EMOJI_AFTER = /^\p{Extended_Pictographic}$/u;
const VARIES_AS_EMOJI = /^[\p{Extended_Pictographic}\u2190-\u2bff]$/u;
const KEY_CAP = /^[0-9#*]$/;
const VARIES_AS_HAN = /^\p{Script=Han}$/u;
const JOINED_SCRIPT =
  /^[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}]$/u;

/** Whether the suspect character at `index` does what it is for: it belongs to an emoji or to its script. */
function belongs(source: string, index: number, character: string): boolean {
  const point = codePoint(character, 0);
  // Two units hold any one character before; its own length is enough after it.
  const before = source.slice(Math.max(0, index - 2), index);
  const after = source.slice(index + character.length, index + character.length + 2);
  const last = Array.from(before).at(-1) ?? '';
  const next = Array.from(after)[0] ?? '';
  if (point === 0xfe0e || point === 0xfe0f) {
    return VARIES_AS_EMOJI.test(last) || (KEY_CAP.test(last) && next === '\u20e3');
  }
  if (point >= 0xe0100 && point <= 0xe01ef) return VARIES_AS_HAN.test(last);
  if (point === 0x200d && EMOJI_BEFORE.test(last) && EMOJI_AFTER.test(next)) return true;
  if (point === 0x200c || point === 0x200d) return JOINED_SCRIPT.test(last) && JOINED_SCRIPT.test(next);
  return false;
}

/** Whether `text` holds characters that a person would not see, or that change how the rest reads. */
export function hasUnseen(text: string): boolean {
  return visibleText(text).some((part) => part.kind === 'mark');
}
