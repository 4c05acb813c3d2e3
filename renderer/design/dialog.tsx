import { X } from 'lucide-react';
import { Dialog as Radix } from 'radix-ui';
import { type ReactNode, useState } from 'react';
import { AgentText } from './agent-text.tsx';
import { IconButton } from './button.tsx';
import { FloorContext } from './floor.ts';
import { lastFocused } from './last-focused.ts';

const WIDTHS = { small: 'w-[30rem]', medium: 'w-[44rem]', large: 'w-[64rem]' } as const;

interface DialogProps {
  title: string;
  /** One sentence under the title, read out with it. */
  description?: ReactNode;
  size?: keyof typeof WIDTHS;
  children: ReactNode;
  /** The buttons, at the end. */
  footer?: ReactNode;
  /** It cannot be left now: what was begun would go on without being seen. */
  busy?: boolean;
  /** Called when the person leaves it: Escape, the cross, or whatever closes it inside. */
  onClose: () => void;
}

/**
 * A modal question or form; render it while it is open. Focus stays inside (an element with
 * `data-autofocus` gets it first, else the first control) and returns to where it was. A click outside does not close it: what was
 * typed must not be lost to a slip.
 */
export function Dialog({
  title,
  description,
  size = 'small',
  children,
  footer,
  busy = false,
  onClose,
}: DialogProps) {
  const [opener] = useState(lastFocused);
  const [floor, setFloor] = useState<HTMLElement | null>(null);
  return (
    <Radix.Root open onOpenChange={(open) => !open && !busy && onClose()}>
      <Radix.Portal>
        {/* Not Radix.Overlay: it adds a style element, which the page's Content-Security-Policy refuses. */}
        <div aria-hidden="true" className="fixed inset-0 z-40 bg-backdrop" />
        <Radix.Content
          ref={setFloor}
          {...(description === undefined && { 'aria-describedby': undefined })}
          onInteractOutside={(event) => event.preventDefault()}
          onOpenAutoFocus={(event) => {
            // Not the cross in the corner, which comes first.
            const inside = event.currentTarget as HTMLElement;
            const first =
              inside.querySelector<HTMLElement>('[data-autofocus]') ??
              inside.querySelector<HTMLElement>(
                '[data-body] :is(input, textarea, select, button, a[href])',
              ) ??
              inside;
            event.preventDefault();
            first.focus();
          }}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            if (opener?.isConnected) opener.focus();
          }}
          className={`fixed top-1/2 left-1/2 z-40 flex max-h-[calc(100dvh-2rem)] max-w-[calc(100vw-1.5rem)] -translate-x-1/2 -translate-y-1/2 flex-col rounded-2xl border border-line bg-surface text-text shadow-float outline-none ${WIDTHS[size]}`}
        >
          <FloorContext value={floor}>
            <header className="flex items-start justify-between gap-4 px-6 pt-5 pb-3 max-sm:px-4">
              <div className="min-w-0">
                <Radix.Title className="text-base leading-7 font-semibold">
                  <AgentText text={title} brief limit={300} />
                </Radix.Title>
                {description !== undefined && (
                  <Radix.Description asChild>
                    <div className="hostile text-muted">{description}</div>
                  </Radix.Description>
                )}
              </div>
              <IconButton
                label="Close"
                size="small"
                icon={<X />}
                off={busy}
                onClick={onClose}
                className="-mr-2"
              />
            </header>
            <div
              ref={scrolledByKeys}
              data-body
              className="relative min-h-0 flex-1 overflow-y-auto px-6 pt-1 pb-5 max-sm:px-4"
            >
              {children}
            </div>
            {footer !== undefined && (
              <footer className="flex flex-wrap justify-end gap-2 border-t border-line px-6 py-3 max-sm:px-4">
                {footer}
              </footer>
            )}
          </FloorContext>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** Where nothing in `body` takes the focus, and not all of it is in sight, it takes it itself: then arrows scroll it. */
function scrolledByKeys(body: HTMLElement | null): (() => void) | undefined {
  if (body === null) return undefined;
  const observer = new ResizeObserver(() => {
    const inside = body.querySelector('a[href], button, input, select, textarea, [tabindex]');
    if (inside === null && body.scrollHeight > body.clientHeight) body.tabIndex = 0;
    else body.removeAttribute('tabindex');
  });
  for (const part of [body, ...body.children]) observer.observe(part);
  return () => observer.disconnect();
}
