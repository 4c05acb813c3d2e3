import { Check } from 'lucide-react';
import { Checkbox as Radix } from 'radix-ui';
import { type ReactNode, useId } from 'react';

interface CheckboxProps {
  label: ReactNode;
  hint?: ReactNode;
  checked: boolean;
  onChange: (checked: boolean) => void;
  off?: boolean;
}

/** A yes or no that counts once the form is sent. */
export function Checkbox({ label, hint, checked, onChange, off = false }: CheckboxProps) {
  const id = useId();
  return (
    <div className="flex items-start gap-2">
      <Radix.Root
        id={id}
        checked={checked}
        onCheckedChange={(value) => onChange(value === true)}
        disabled={off}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        // What is pressed is larger than the box that is seen.
        className="group -m-[3px] mt-[-1px] flex size-[24px] shrink-0 items-center justify-center rounded-md disabled:opacity-55"
      >
        <span className="flex size-[18px] items-center justify-center rounded-[5px] border border-line-strong bg-bg text-on-accent group-data-[state=checked]:border-accent group-data-[state=checked]:bg-accent">
          <Radix.Indicator className="meaning rounded-sm [&_svg]:size-3.5 [&_svg]:stroke-[3]">
            <Check />
          </Radix.Indicator>
        </span>
      </Radix.Root>
      <div className="min-w-0">
        <label htmlFor={id}>{label}</label>
        {hint !== undefined && (
          <p id={`${id}-hint`} className="text-[13px] text-muted">
            {hint}
          </p>
        )}
      </div>
    </div>
  );
}
