import { Ban, Ellipsis, FastForward, Pencil, Plus, ShieldCheck, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { Button, IconButton } from '../button.tsx';
import { CopyButton } from '../copy-button.tsx';
import { Menu, MenuChoice, MenuItem, MenuSeparator } from '../menu.tsx';
import { PageLink } from '../page-link.tsx';
import { Tooltip } from '../tooltip.tsx';
import { Group, Side, Specimen } from './specimen.tsx';

const LOOKS = ['primary', 'plain', 'danger', 'destructive', 'quiet'] as const;
const MODES = [
  { id: 'policy', label: 'Follow the policy', icon: <ShieldCheck /> },
  { id: 'allow', label: 'Allow without asking', icon: <FastForward /> },
  { id: 'block', label: 'Block everything', icon: <Ban /> },
] as const;

const nothing = () => undefined;

/** What is pressed. */
export function Actions() {
  const [mode, setMode] = useState<(typeof MODES)[number]['id']>('policy');
  return (
    <Group title="Actions">
      <Specimen title="Button">
        {LOOKS.map((look) => (
          <Side key={look}>
            <Button look={look}>{look}</Button>
            <Button look={look} icon={<Plus />}>
              with an icon
            </Button>
            <Button look={look} shortcut="A">
              with a key
            </Button>
            <Button look={look} off>
              off
            </Button>
            <Button look={look} size="small">
              small
            </Button>
            <Button look={look} size="small" off>
              small, off
            </Button>
          </Side>
        ))}
      </Specimen>
      <Specimen title="Icon button">
        <Side>
          <IconButton label="Edit" icon={<Pencil />} />
          <IconButton label="Edit, small" size="small" icon={<Pencil />} />
          <IconButton label="Edit, plain" look="plain" icon={<Pencil />} />
          <IconButton label="Edit, off" icon={<Pencil />} off />
        </Side>
      </Specimen>
      <Specimen title="Link to a page">
        <Side>
          <PageLink to="#actions">All its calls</PageLink>
          <PageLink to="#actions" icon={<Plus />}>
            with an icon
          </PageLink>
        </Side>
      </Specimen>
      <Specimen title="Copy button">
        <Side>
          <CopyButton text="http://127.0.0.1:4747/mcp" label="Copy the MCP address" />
        </Side>
      </Specimen>
      <Specimen title="Menu">
        <Side>
          <Menu trigger={<Button icon={<Ellipsis />}>Things to do</Button>}>
            <MenuItem icon={<Pencil />} onSelect={nothing}>
              Rename…
            </MenuItem>
            <MenuItem off onSelect={nothing}>
              Not now
            </MenuItem>
            <MenuSeparator />
            <MenuItem icon={<Trash2 />} tone="danger" onSelect={nothing}>
              Delete…
            </MenuItem>
          </Menu>
          <Menu trigger={<Button>One of several</Button>}>
            <MenuChoice label="Guard mode" choices={MODES} chosen={mode} onChoose={setMode} />
          </Menu>
        </Side>
      </Specimen>
      <Specimen title="Tooltip">
        <Side>
          <Tooltip text="A few words on hover and focus" side="right">
            <Button>Point at me</Button>
          </Tooltip>
        </Side>
      </Specimen>
    </Group>
  );
}
