import { Check } from 'lucide-react';
import { DropdownMenu as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import { markedText } from '../text/visible.ts';
import { useFloor } from './floor.ts';

interface MenuProps {
  /** The button that opens it: one element. */
  trigger: ReactNode;
  align?: 'start' | 'end';
  side?: 'top' | 'right' | 'bottom';
  /** {@link MenuItem}, {@link MenuChoice}, {@link MenuLabel}, {@link MenuSeparator}. */
  children: ReactNode;
}

/** What a button can do besides, or one choice of several: opens on click, Enter or the down arrow. */
export function Menu({ trigger, align = 'start', side = 'bottom', children }: MenuProps) {
  const floor = useFloor();
  return (
    // Not modal: that would add a style element, which the page's Content-Security-Policy refuses.
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal container={floor}>
        <Radix.Content
          align={align}
          side={side}
          sideOffset={6}
          collisionPadding={8}
          className="z-50 max-h-(--radix-dropdown-menu-content-available-height) min-w-44 overflow-y-auto rounded-xl border border-line bg-raised p-1 text-text shadow-float outline-none"
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

const ITEM =
  'flex items-center gap-2 rounded-lg px-2.5 py-1.5 outline-none select-none data-highlighted:bg-hover data-disabled:opacity-50 forced-colors:data-highlighted:bg-[Highlight] forced-colors:data-highlighted:text-[HighlightText]';

interface MenuItemProps {
  icon?: ReactNode;
  tone?: 'plain' | 'danger';
  off?: boolean;
  onSelect: () => void;
  children: ReactNode;
}

/** One thing to do. */
export function MenuItem({ icon, tone = 'plain', off = false, onSelect, children }: MenuItemProps) {
  return (
    <Radix.Item
      disabled={off}
      onSelect={onSelect}
      className={`${ITEM} ${tone === 'danger' ? 'text-bad' : ''}`}
    >
      {icon}
      {children}
    </Radix.Item>
  );
}

interface MenuChoiceProps<Id extends string> {
  label: string;
  choices: readonly { id: Id; label: string; icon?: ReactNode }[];
  /** Absent: none of them. */
  chosen: Id | undefined;
  onChoose: (id: Id) => void;
  /** Whether the menu stays open: what is chosen here is part of what is done next. */
  stays?: boolean;
}

/** One choice of several, with a tick at the present one. */
export function MenuChoice<Id extends string>({
  label,
  choices,
  chosen,
  onChoose,
  stays = false,
}: MenuChoiceProps<Id>) {
  return (
    <Radix.RadioGroup
      aria-label={markedText(label)}
      value={chosen ?? ''}
      onValueChange={(id) => onChoose(id as Id)}
    >
      {choices.map(({ id, label: words, icon }) => (
        <Radix.RadioItem
          key={id}
          value={id}
          className={ITEM}
          onSelect={(event) => {
            if (stays) event.preventDefault();
          }}
        >
          <span className="w-4 shrink-0">
            <Radix.ItemIndicator>
              <Check />
            </Radix.ItemIndicator>
          </span>
          {icon}
          {markedText(words)}
        </Radix.RadioItem>
      ))}
    </Radix.RadioGroup>
  );
}

export function MenuSeparator() {
  return <Radix.Separator className="mx-2 my-1 h-px bg-line" />;
}
