import { Tabs as Radix } from 'radix-ui';
import type { ReactNode } from 'react';

export interface Tab<Id extends string> {
  id: Id;
  label: ReactNode;
  /** Shown while chosen. */
  content: ReactNode;
}

interface TabsProps<Id extends string> {
  /** What the tabs are about; read out. */
  label: string;
  tabs: readonly Tab<Id>[];
  chosen: Id;
  onChoose: (id: Id) => void;
}

/** Views of one thing, one at a time. */
export function Tabs<Id extends string>({ label, tabs, chosen, onChoose }: TabsProps<Id>) {
  return (
    <Radix.Root
      value={chosen}
      onValueChange={(id) => onChoose(id as Id)}
      className="flex min-h-0 flex-col gap-4"
    >
      <Radix.List aria-label={label} className="flex shrink-0 gap-4 overflow-x-auto border-b border-line">
        {tabs.map(({ id, label: words }) => (
          <Radix.Trigger
            key={id}
            value={id}
            className="border-b-2 border-transparent px-0.5 pt-1 pb-[7px] whitespace-nowrap text-muted outline-offset-[-2px] hover:text-text data-[state=active]:border-accent data-[state=active]:font-semibold data-[state=active]:text-text"
          >
            {words}
          </Radix.Trigger>
        ))}
      </Radix.List>
      {tabs.map(({ id, content }) => (
        <Radix.Content key={id} value={id} className="min-h-0 rounded-sm">
          {content}
        </Radix.Content>
      ))}
    </Radix.Root>
  );
}
