import { Tooltip as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import { markedText } from '../text/visible.ts';
import { pageFloor } from './floor.ts';

/** Around the whole page: tooltips after the first follow at once. */
export function TooltipProvider({ children }: { children: ReactNode }) {
  return <Radix.Provider delayDuration={500}>{children}</Radix.Provider>;
}

interface TooltipProps {
  text: string;
  side?: 'top' | 'right' | 'bottom' | 'left';
  /** One element that takes the focus: a tooltip on anything else is out of the keyboard's reach. */
  children: ReactNode;
}

/** A few words on hover and focus. Never the only place that says something that matters. */
export function Tooltip({ text, side = 'top', children }: TooltipProps) {
  return (
    <Radix.Root>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      {/* Not into a dialog: where something goes out of that while the focus moves on, Radix takes the focus. */}
      <Radix.Portal container={pageFloor()}>
        <Radix.Content
          side={side}
          sideOffset={6}
          collisionPadding={8}
          className="z-50 max-w-72 rounded-md border border-line bg-raised px-2 py-1 text-xs text-text shadow-float"
        >
          {markedText(text)}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
