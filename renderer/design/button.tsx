import type { ComponentProps, ReactNode } from 'react';
import { marked } from '../text/visible.ts';
import { Tooltip } from './tooltip.tsx';

const LOOKS = {
  primary:
    'meaning bg-accent text-on-accent border-transparent font-semibold not-aria-disabled:hover:bg-accent-strong not-aria-disabled:active:bg-accent-strong',
  plain:
    'bg-surface text-text border-line not-aria-disabled:hover:bg-sunken not-aria-disabled:active:bg-line',
  danger:
    'bg-surface text-bad border-line not-aria-disabled:hover:bg-bad-soft not-aria-disabled:hover:border-bad-line',
  /** For the last word of a question: the destructive answer. */
  destructive:
    'meaning bg-bad text-surface border-transparent font-semibold not-aria-disabled:hover:opacity-90',
  quiet:
    'bg-transparent text-muted border-transparent not-aria-disabled:hover:bg-hover not-aria-disabled:hover:text-text',
} as const;

export interface ButtonProps extends Omit<ComponentProps<'button'>, 'disabled'> {
  look?: keyof typeof LOOKS;
  size?: 'medium' | 'small';
  /** Not to be pressed now. It can still be focused, so that the keyboard does not lose its place. */
  off?: boolean;
  /** The key that does the same, shown on the button. */
  shortcut?: string;
  /** Before the words. */
  icon?: ReactNode;
  children: ReactNode;
}

/** A button that says what it does. */
export function Button({
  look = 'plain',
  size = 'medium',
  off = false,
  shortcut,
  icon,
  ...props
}: ButtonProps) {
  const { children, className = '', onClick, ...rest } = props;
  const room = size === 'medium' ? 'h-9 px-4' : 'h-7 px-2.5 text-[13px]';
  return (
    <button
      type="button"
      {...rest}
      aria-label={marked(rest['aria-label'])}
      title={marked(rest.title)}
      aria-disabled={off || undefined}
      onClick={off ? (event) => event.preventDefault() : onClick}
      className={`inline-flex items-center justify-center gap-2 rounded-lg border whitespace-nowrap transition duration-100 aria-disabled:opacity-55 aria-disabled:delay-500 ${room} ${LOOKS[look]} ${className}`}
    >
      {icon}
      {children}
      {shortcut !== undefined && (
        <span
          aria-hidden="true"
          className="-mr-1 rounded border border-current/30 px-1 font-sans text-[11px] leading-4 font-medium opacity-80"
        >
          {shortcut}
        </span>
      )}
    </button>
  );
}

interface IconButtonProps extends Omit<ButtonProps, 'icon' | 'children' | 'shortcut'> {
  /** What it does; read out, and shown as a tooltip. */
  label: string;
  icon: ReactNode;
}

/** A button that shows an icon only, where the place says the rest. */
export function IconButton({
  label,
  icon,
  look = 'quiet',
  size = 'medium',
  className = '',
  ...props
}: IconButtonProps) {
  const room = size === 'medium' ? 'w-9' : 'w-7';
  return (
    <Tooltip text={label}>
      <Button
        {...props}
        look={look}
        size={size}
        aria-label={label}
        className={`${room} shrink-0 px-0! ${className}`}
      >
        {icon}
      </Button>
    </Tooltip>
  );
}
