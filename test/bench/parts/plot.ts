/** A picture of a run: bars, as SVG that reads on light and dark pages alike. */
import { figures, NAMES, type Results } from './results.ts';

/** One line of the picture: both numbers are of the bare proxy. */
interface Bar {
  name: string;
  rate: number;
  cpu: number;
  own: boolean;
}

const LINE = 26;
const TOP = 44;
/** Where names end, and how wide each of the two columns of bars is. */
const NAMES_WIDTH = 290;
const COLUMN = 230;
const GAP = 60;

/** What has no bare proxy of its own beside it, or does more than calls: its bar would say something else. */
const LEFT_OUT: readonly string[] = [NAMES.direct, NAMES.bareStream, NAMES.stream, NAMES.inUse];

/** Draws calls per second and CPU per call, beside the bare proxy, of all that have a place in the picture. */
export function drawPlot(results: Results): string {
  const bars = results.targets
    .map((target) => figures(results, target))
    .filter(({ name }) => !LEFT_OUT.includes(name))
    .map(({ name, rateRatio, cpuRatio }) => ({
      name,
      rate: rateRatio,
      cpu: cpuRatio,
      own: name.startsWith(NAMES.greenlight),
    }));
  const height = TOP + bars.length * LINE + 8;
  const width = NAMES_WIDTH + 2 * COLUMN + 2 * GAP;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Calls per second and CPU per call, beside a bare proxy">
<style>
text { font: 13px system-ui, sans-serif; fill: #424a53; }
.heading { font-weight: 600; }
.name { text-anchor: end; }
.bar { fill: #8c959f; }
.own { fill: #2da44e; }
@media (prefers-color-scheme: dark) { text { fill: #b1bac4; } }
</style>
${column('Calls per second, of a bare proxy', NAMES_WIDTH + 12, bars, ({ rate }) => rate)}
${column('CPU per call, of a bare proxy', NAMES_WIDTH + 12 + COLUMN + GAP, bars, ({ cpu }) => cpu)}
${bars.map(({ name }, at) => `<text class="name" x="${NAMES_WIDTH}" y="${baseline(at)}">${escaped(name)}</text>`).join('\n')}
</svg>
`;
}

function column(title: string, x: number, bars: readonly Bar[], value: (bar: Bar) => number): string {
  const largest = Math.max(1, ...bars.map(value).filter(Number.isFinite));
  const lines = bars.map((bar, at) => {
    const number = value(bar);
    if (!Number.isFinite(number)) return `<text x="${x}" y="${baseline(at)}">not measured</text>`;
    const width = Math.max(1, (number / largest) * COLUMN);
    return `<rect class="bar${bar.own ? ' own' : ''}" x="${x}" y="${TOP + at * LINE + 4}" width="${width.toFixed(1)}" height="${LINE - 8}" rx="2"/>
<text x="${(x + width + 6).toFixed(1)}" y="${baseline(at)}">${number.toFixed(2)}</text>`;
  });
  return [`<text class="heading" x="${x}" y="24">${title}</text>`, ...lines].join('\n');
}

function baseline(at: number): number {
  return TOP + at * LINE + 17;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
