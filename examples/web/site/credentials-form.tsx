import { AuthClientError, type SignInInput } from 'latchkey/client';
import { useActionState, type ReactNode } from 'react';
import { Ban } from './ban.js';

interface CredentialsFormProps {
  readonly label: string;
  readonly passwordIs: 'current-password' | 'new-password';
  /** Rejects with what the form then says. */
  readonly submit: (input: SignInInput) => Promise<void>;
}

/** What went wrong, and what was typed: React empties a form that was sent. */
interface Failure {
  readonly email: string;
  readonly error: unknown;
}

export function CredentialsForm({ label, passwordIs, submit }: CredentialsFormProps): ReactNode {
  const [failure, send, isSending] = useActionState<Failure | null, FormData>(async (_before, form) => {
    const input = { email: textOf(form, 'email'), password: textOf(form, 'password') };
    try {
      await submit(input);
      return null;
    } catch (error) {
      return { email: input.email, error };
    }
  }, null);
  return (
    <form className="card" action={send}>
      {failure !== null && <Refusal error={failure.error} />}
      <label>
        E-mail
        <input name="email" type="email" autoComplete="username" required defaultValue={failure?.email ?? ''} />
      </label>
      <label>
        Password
        <input name="password" type="password" autoComplete={passwordIs} required minLength={8} maxLength={256} />
      </label>
      <button disabled={isSending}>{isSending ? 'One moment …' : label}</button>
    </form>
  );
}

function Refusal({ error }: { readonly error: unknown }): ReactNode {
  if (!(error instanceof AuthClientError)) throw error;
  const { code, message, extensions } = error;
  if (code === 'USER_BANNED') {
    const { reason, until } = extensions as { readonly reason: string | null; readonly until: string | null };
    return <Ban reason={reason} until={until === null ? null : new Date(until)} />;
  }
  const seconds = extensions['retryAfterSeconds'];
  return (
    <p className="notice alarm" role="alert">
      {message} {typeof seconds === 'number' && `Try again in ${seconds} seconds.`}
    </p>
  );
}

function textOf(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value : '';
}
