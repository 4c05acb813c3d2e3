import '../app.css';
import { StrictMode, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { Page, PageHeader } from '../page.tsx';
import { Segmented } from '../segmented.tsx';
import { ToastProvider } from '../toast.tsx';
import { TooltipProvider } from '../tooltip.tsx';
import { Actions } from './actions.tsx';
import { Dialogs } from './dialogs.tsx';
import { Inputs } from './inputs.tsx';
import { Messages } from './messages.tsx';
import { Surfaces } from './surfaces.tsx';
import { Texts } from './texts.tsx';

const THEMES = [
  { id: 'system', label: 'System' },
  { id: 'light', label: 'Light' },
  { id: 'dark', label: 'Dark' },
] as const;

/**
 * Every component of `design/` in its states, to look at while changing one: `vite --open /design/gallery/`.
 * No part of the application: nothing else imports it, and the build does not know it.
 */
function Gallery() {
  const [theme, setTheme] = useState<(typeof THEMES)[number]['id']>('system');
  useEffect(() => {
    if (theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  }, [theme]);
  return (
    <TooltipProvider>
      <ToastProvider>
        <Page>
          <PageHeader
            title="Gallery"
            lead="What the window is made of, in its states."
            actions={<Segmented label="Theme" segments={THEMES} chosen={theme} onChoose={setTheme} />}
          />
          <Actions />
          <Inputs />
          <Messages />
          <Texts />
          <Surfaces />
          <Dialogs />
        </Page>
      </ToastProvider>
    </TooltipProvider>
  );
}

const main = document.getElementById('main');
if (main === null) throw new Error('index.html has no #main.');
createRoot(main).render(
  <StrictMode>
    <Gallery />
  </StrictMode>,
);
