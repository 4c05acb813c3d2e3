import { X } from 'lucide-react';
import { Toast as Radix } from 'radix-ui';
import { createContext, type ReactNode, useCallback, useContext, useState } from 'react';
import { AgentText } from './agent-text.tsx';
import { Button, IconButton } from './button.tsx';

/** How long a toast stays (ms); longer when it can be undone. It waits while pointed at or focused. */
const STAYS_MS = 4_000;
const UNDO_MS = 10_000;

export interface ToastOptions {
  /** What was done: "Allowance revoked." */
  text: string;
  tone?: 'plain' | 'bad';
  /** Takes it back; shows an *Undo* button. */
  onUndo?: () => void;
}

interface ShownToast extends ToastOptions {
  id: number;
}

const ToastContext = createContext<(toast: ToastOptions) => void>(() => undefined);

/** Says, politely and for a moment, what was done: `const toast = useToast(); toast({ text: 'Saved.' })`. */
export function useToast(): (toast: ToastOptions) => void {
  return useContext(ToastContext);
}

let next = 0;

/** Around the whole page: holds the toasts, at the bottom. */
export function ToastProvider({ children }: { children: ReactNode }) {
  const [shown, setShown] = useState<readonly ShownToast[]>([]);
  const show = useCallback((toast: ToastOptions) => {
    setShown((all) => [...all.slice(-2), { ...toast, id: next++ }]);
  }, []);
  return (
    <ToastContext value={show}>
      <Radix.Provider label="Message" swipeDirection="down">
        {children}
        {shown.map((toast) => (
          <OneToast
            key={toast.id}
            toast={toast}
            onGone={() => setShown((all) => all.filter(({ id }) => id !== toast.id))}
          />
        ))}
        <Radix.Viewport
          label="Messages ({hotkey})"
          className="fixed right-4 bottom-4 z-50 flex w-[24rem] max-w-[calc(100vw-2rem)] flex-col gap-2 outline-none"
        />
      </Radix.Provider>
    </ToastContext>
  );
}

function OneToast({
  toast: { text, tone = 'plain', onUndo },
  onGone,
}: {
  toast: ShownToast;
  onGone: () => void;
}) {
  return (
    <Radix.Root
      type="background"
      duration={onUndo === undefined ? STAYS_MS : UNDO_MS}
      onOpenChange={(open) => !open && onGone()}
      className={`arrives flex items-center gap-2 rounded-xl border bg-raised py-2 pr-2 pl-4 shadow-float ${tone === 'bad' ? 'border-bad-line text-bad' : 'border-line'}`}
    >
      <Radix.Description className="hostile min-w-0 flex-1">
        <AgentText text={text} brief limit={300} />
      </Radix.Description>
      {onUndo !== undefined && (
        <Radix.Action altText="Undo it on the page it belongs to" asChild onClick={onUndo}>
          <Button size="small">Undo</Button>
        </Radix.Action>
      )}
      <Radix.Close asChild>
        <IconButton label="Dismiss" size="small" icon={<X />} />
      </Radix.Close>
    </Radix.Root>
  );
}
