/** A rectangle on the screen, in device-independent pixels. */
export interface Rectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Pixels between the small window and the tray, or the edge of the screen. */
const GAP = 8;

/**
 * Where a window of `size` goes: beside the icon `tray`, within `workArea` (the screen without its bars).
 * Without a known place of the icon (all zero), it goes to the upper right corner.
 */
export function besideTray(
  tray: Rectangle,
  workArea: Rectangle,
  size: { width: number; height: number },
): Rectangle {
  const right = workArea.x + workArea.width;
  const bottom = workArea.y + workArea.height;
  const width = Math.min(size.width, workArea.width - 2 * GAP);
  const height = Math.min(size.height, workArea.height - 2 * GAP);
  const within = (value: number, low: number, high: number) =>
    Math.round(Math.min(Math.max(value, low), high));

  const known = tray.width > 0 && tray.height > 0;
  const center = known ? tray.x + tray.width / 2 : right;
  const below = !known || tray.y + tray.height / 2 < workArea.y + workArea.height / 2;
  return {
    x: within(center - width / 2, workArea.x + GAP, right - width - GAP),
    y: below ? workArea.y + GAP : bottom - height - GAP,
    width,
    height,
  };
}
