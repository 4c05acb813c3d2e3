import { Switch as Radix } from 'radix-ui';
import { type ReactNode, useId } from 'react';

interface SwitchProps {
  label: ReactNode;
  hint?: ReactNode;
  checked: boolean;
  onChange: (checked: boolean) => void;
  off?: boolean;
}

/** Something that is on or off, in effect at once. The words come first, the switch at the end of the line. */
export function Switch({ label, hint, checked, onChange, off = false }: SwitchProps) {
  const id = useId();
  return (
    <div className="flex items-start justify-between gap-6">
      <div className="min-w-0">
        <label htmlFor={id} className="font-medium">
          {label}
        </label>
        {hint !== undefined && (
          <p id={`${id}-hint`} className="text-[13px] text-muted">
            {hint}
          </p>
        )}
      </div>
      <Radix.Root
        id={id}
        checked={checked}
        onCheckedChange={onChange}
        disabled={off}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        className="meaning group inline-flex h-[24px] w-[42px] shrink-0 items-center rounded-full border border-transparent bg-line-strong px-[3px] transition-colors duration-100 disabled:opacity-55 data-[state=checked]:bg-accent forced-colors:border-[ButtonText]"
      >
        <Radix.Thumb className="block size-[16px] rounded-full bg-surface shadow-card transition-transform duration-100 data-[state=checked]:translate-x-[18px] forced-colors:bg-[ButtonText]" />
      </Radix.Root>
    </div>
  );
}
