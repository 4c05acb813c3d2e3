import { type ComponentProps, createContext, type ReactNode, useContext, useId } from 'react';
import { marked } from '../text/visible.ts';
import { AgentText } from './agent-text.tsx';

/** Characters of a message that are shown: more is not read. */
export const LONGEST_WORDS = 1000;

interface FieldParts {
  id: string;
  'aria-describedby': string | undefined;
  'aria-invalid': true | undefined;
}

const FieldContext = createContext<FieldParts | undefined>(undefined);

/** The attributes that tie a control to the {@link Field} around it; nothing outside of one. */
export function useField(): Partial<FieldParts> {
  return useContext(FieldContext) ?? {};
}

interface FieldProps {
  label: ReactNode;
  hint?: ReactNode;
  /** What is wrong with the value and what to do. */
  error?: string | undefined;
  className?: string;
  /** One {@link TextInput}, {@link TextArea} or `Select`. */
  children: ReactNode;
}

/** A labelled control with a hint and, when something is wrong, an error that is read out with it. */
export function Field({ label, hint, error, className = '', children }: FieldProps) {
  const id = useId();
  const described = [hint !== undefined && `${id}-hint`, error !== undefined && `${id}-error`].filter(
    Boolean,
  );
  return (
    <FieldContext
      value={{
        id,
        'aria-describedby': described.join(' ') || undefined,
        'aria-invalid': error !== undefined || undefined,
      }}
    >
      <div className={`flex min-w-0 flex-col gap-1 ${className}`}>
        <label htmlFor={id} className="font-medium">
          {label}
        </label>
        {children}
        {hint !== undefined && (
          <p id={`${id}-hint`} className="text-[13px] text-muted">
            {hint}
          </p>
        )}
        <p id={`${id}-error`} role="alert" className="text-[13px] text-bad empty:hidden">
          {error !== undefined && <AgentText text={error} brief limit={LONGEST_WORDS} />}
        </p>
      </div>
    </FieldContext>
  );
}

/** The look that controls for text share. */
export const CONTROL =
  'w-full min-w-0 rounded-lg border border-line-strong bg-bg text-text placeholder:text-muted aria-invalid:border-bad disabled:opacity-55';

interface TextInputProps extends ComponentProps<'input'> {
  /** For addresses, commands, tokens. */
  mono?: boolean;
}

/** One line of text, or a number with `type="number"`. */
export function TextInput({ mono = false, className = '', ...props }: TextInputProps) {
  return (
    <input
      autoComplete="off"
      spellCheck={!mono}
      {...useField()}
      {...props}
      aria-label={marked(props['aria-label'])}
      className={`h-9 px-3 ${CONTROL} ${mono ? 'font-mono text-[13px]' : ''} ${className}`}
    />
  );
}

interface TextAreaProps extends ComponentProps<'textarea'> {
  mono?: boolean;
}

/** Several lines of text. */
export function TextArea({ mono = false, className = '', ...props }: TextAreaProps) {
  return (
    <textarea
      rows={3}
      spellCheck={!mono}
      {...useField()}
      {...props}
      aria-label={marked(props['aria-label'])}
      className={`block resize-y px-3 py-2 ${CONTROL} ${mono ? 'font-mono text-[13px] leading-[1.5]' : ''} ${className}`}
    />
  );
}
