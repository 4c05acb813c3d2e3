import { Component, type ReactNode } from 'react';
import { Page } from '../design/page.tsx';
import { ErrorState } from '../design/states.tsx';

/** Keeps a page that fails from taking the window with it: the other pages and the guard mode stay at hand. */
export class PageBoundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return (
      <Page>
        <ErrorState
          message="This page could not be loaded: Greenlight may have been stopped, or this page is of an older version. If Greenlight does not answer, start it again; then try again."
          onRetry={() => location.reload()}
        />
      </Page>
    );
  }
}
