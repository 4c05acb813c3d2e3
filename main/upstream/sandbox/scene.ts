/**
 * Draws a small landscape as SVG: sky, sun or moon, three rows of hills. The same prompt gives the same
 * picture, so that a video is recognised by its thumbnail.
 *
 * @returns a `data:` URL
 */
export function drawScene(prompt: string, size: { width: number; height: number }): string {
  const random = randomFrom(prompt);
  const scale = 320 / Math.max(size.width, size.height);
  const [width, height] = [Math.round(size.width * scale), Math.round(size.height * scale)];
  const hue = Math.floor(random() * 360);
  const night = random() < 0.35;
  const sky = night
    ? [`hsl(${hue} 55% 14%)`, `hsl(${(hue + 40) % 360} 50% 34%)`]
    : [`hsl(${hue} 70% 62%)`, `hsl(${(hue + 50) % 360} 85% 84%)`];
  const disc = {
    x: Math.round(width * (0.2 + 0.6 * random())),
    y: Math.round(height * (0.18 + 0.25 * random())),
    r: Math.round(Math.min(width, height) * (0.08 + 0.07 * random())),
  };
  const hills = [0.56, 0.7, 0.84].map((level, row) => {
    const path = hill(width, height, level, random);
    const light = night ? 22 - row * 6 : 52 - row * 13;
    return `<path fill="hsl(${(hue + 150 + row * 14) % 360} 42% ${light}%)" d="${path}"/>`;
  });
  const svg = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`,
    '<defs><linearGradient id="s" x2="0" y2="1">',
    `<stop stop-color="${sky[0]}"/><stop offset="1" stop-color="${sky[1]}"/></linearGradient></defs>`,
    `<rect width="${width}" height="${height}" fill="url(#s)"/>`,
    `<circle cx="${disc.x}" cy="${disc.y}" r="${disc.r * 1.7}" fill="#fff" opacity=".18"/>`,
    `<circle cx="${disc.x}" cy="${disc.y}" r="${disc.r}" fill="${night ? '#f4f1de' : '#fff6d6'}"/>`,
    ...hills,
    '</svg>',
  ].join('');
  return `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
}

/** One row of hills whose tops are around `level` (a share of the height). */
function hill(width: number, height: number, level: number, random: () => number): string {
  const top = () => Math.round(height * (level + 0.16 * (random() - 0.5)));
  const step = Math.ceil(width / 4);
  let path = `M0 ${height}V${top()}`;
  for (let x = 0; x < width; x += step) {
    path += `Q${x + Math.round(step / 2)} ${top()} ${x + step} ${top()}`;
  }
  return `${path}V${height}Z`;
}

/** Numbers in [0, 1) that depend on `text` alone: FNV-1a as seed, then mulberry32. */
function randomFrom(text: string): () => number {
  let state = 0x811c9dc5;
  for (const byte of Buffer.from(text)) state = Math.imul(state ^ byte, 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
