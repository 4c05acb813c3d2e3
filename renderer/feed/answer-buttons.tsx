import { Ban, Clock, Hourglass, MessageSquareText, MoreHorizontal } from 'lucide-react';
import { createContext, useContext } from 'react';
import type { Approval } from '../../shared/contract.ts';
import { Button, IconButton } from '../design/button.tsx';
import { Menu, MenuItem, MenuSeparator } from '../design/menu.tsx';
import type { Reply } from './use-answers.ts';

/** Whether answers are taken now. Not a property of the card: it changes for all of them at once, and often. */
export const AnswersOff = createContext(false);

interface AnswerButtonsProps {
  approval: Approval;
  onAnswer: (approval: Approval, reply: Reply) => void;
  onOpen: (dialog: 'reason' | 'edit', approval: Approval) => void;
}

/** The answers: the two that matter, the change of the arguments, and a menu with those that last. */
export function AnswerButtons({ approval, onAnswer, onOpen }: AnswerButtonsProps) {
  const off = useContext(AnswersOff);
  return (
    <div className="flex flex-wrap gap-2">
      <Button look="primary" shortcut="A" off={off} onClick={() => onAnswer(approval, { answer: 'allow' })}>
        Allow
      </Button>
      <Button look="danger" shortcut="D" off={off} onClick={() => onAnswer(approval, { answer: 'deny' })}>
        Deny
      </Button>
      <Button look="quiet" shortcut="E" off={off} onClick={() => onOpen('edit', approval)}>
        Edit…
      </Button>
      <Menu
        align="end"
        trigger={<IconButton label="More answers" icon={<MoreHorizontal />} className="ml-auto" />}
      >
        <MenuItem icon={<Clock />} onSelect={() => onAnswer(approval, { answer: 'allow', for: '15m' })}>
          Allow this for 15 minutes
        </MenuItem>
        <MenuItem
          icon={<Hourglass />}
          onSelect={() => onAnswer(approval, { answer: 'allow', for: 'session' })}
        >
          Allow this for the rest of the session
        </MenuItem>
        <MenuSeparator />
        <MenuItem icon={<MessageSquareText />} tone="danger" onSelect={() => onOpen('reason', approval)}>
          Deny with a reason…
        </MenuItem>
        <MenuItem
          icon={<Ban />}
          tone="danger"
          onSelect={() => onAnswer(approval, { answer: 'deny', for: 'block-15m' })}
        >
          Deny, and block this client for 15 minutes
        </MenuItem>
      </Menu>
    </div>
  );
}
