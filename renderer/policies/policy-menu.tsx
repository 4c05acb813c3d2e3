import { Copy, Download, Ellipsis, Pencil, Star, Trash2 } from 'lucide-react';
import type { PolicySummary } from '../../shared/contract.ts';
import { IconButton } from '../design/button.tsx';
import { Menu, MenuItem, MenuSeparator } from '../design/menu.tsx';
import type { PolicyActions } from './use-policy-actions.tsx';

interface PolicyMenuProps {
  policy: PolicySummary;
  actions: PolicyActions;
  /** What is written now; absent in the list, where what is in force is meant. */
  text?: string;
}

/** What can be done with one policy. */
export function PolicyMenu({ policy, actions, text }: PolicyMenuProps) {
  // Saving under another name writes the file, and would replace what the person is mending there.
  const broken = policy.errors.length > 0;
  return (
    <Menu align="end" trigger={<IconButton label={`More about ${policy.name}`} icon={<Ellipsis />} />}>
      {!policy.isDefault && (
        <MenuItem icon={<Star />} onSelect={() => actions.makeDefault(policy)}>
          Make it the default
        </MenuItem>
      )}
      <MenuItem icon={<Pencil />} off={broken} onSelect={() => actions.rename(policy)}>
        {broken ? 'Rename (mend its file first)' : 'Rename…'}
      </MenuItem>
      <MenuItem icon={<Copy />} onSelect={() => actions.duplicate(policy, text)}>
        Duplicate
      </MenuItem>
      <MenuItem icon={<Download />} onSelect={() => actions.exportFile(policy, text)}>
        Export
      </MenuItem>
      <MenuSeparator />
      <MenuItem icon={<Trash2 />} tone="danger" onSelect={() => actions.remove(policy)}>
        Delete…
      </MenuItem>
    </Menu>
  );
}
