import type { ReactNode } from 'react';

interface BanProps {
  readonly reason: string | null;
  /** `null`: for good. */
  readonly until: Date | null;
}

export const Ban = ({ reason, until }: BanProps): ReactNode => (
  <div className="notice alarm" role="alert">
    <h2>Your account is banned</h2>
    {reason !== null && <p>The reason: {reason}</p>}
    <p>
      {until === null ? 'The ban has no end.' : `It ends on ${until.toLocaleDateString('en', { dateStyle: 'long' })}.`}
    </p>
  </div>
);
