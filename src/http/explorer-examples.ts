/** One tab of the explorer: operations to begin with, each of which Altair sends by a button of its own. */
export interface ExplorerExample {
  readonly name: string;
  readonly document: string;
}

/**
 * What the explorer opens with, in the order in which it works on an empty store. Values stand where one sees and
 * changes them at once, not in variables, which Altair folds away.
 */
export const EXPLORER_EXAMPLES: readonly ExplorerExample[] = [
  {
    name: 'Account',
    document: `# Makes an account and signs it in. With the set-up code that
# the server printed at its first start: as the administrator.
mutation SignUp {
  signUp(
    input: {
      email: "admin@example.com"
      password: "correct horse battery"
      setupCode: null
    }
  ) {
    user {
      id
      roles
    }
  }
}

# The tokens are null here: they came as cookies, which no script
# can read. Programs send X-Session-Transport: header, and get them.
mutation SignIn {
  signIn(
    input: {
      email: "admin@example.com"
      password: "correct horse battery"
      deviceName: "Explorer"
    }
  ) {
    accessToken
    refreshToken
    expiresInSeconds
  }
}

# Who you are, by the cookies.
query Viewer {
  viewer {
    id
    email
    roles
    permissions
    lastSignInAt
  }
}

# What a client does after TOKEN_EXPIRED, before it tries again.
mutation Refresh {
  refreshSession {
    accessTokenExpiresAt
    refreshTokenExpiresAt
  }
}

# Ends the session and clears its cookies.
mutation SignOut {
  signOut {
    signedOut
  }
}`,
  },
  {
    name: 'Sessions',
    document: `# Where you are signed in.
query Sessions {
  viewer {
    sessions {
      id
      current
      deviceName
      userAgent
      ipAddress
      lastSeenAt
      expiresAt
    }
  }
}

# Ends one of them: its tokens are worthless at once.
mutation Revoke {
  revokeSession(id: "") {
    revokedSessionIds
  }
}

mutation RevokeOthers {
  revokeOtherSessions {
    revokedSessionIds
  }
}`,
  },
  {
    name: 'Administration',
    document: `# For administrators and moderators.
query Users {
  users(first: 20, filter: { emailContains: "@" }) {
    totalCount
    nodes {
      id
      email
      roles
      ban {
        reason
        until
      }
    }
  }
}

# For administrators who proved their password within the hour.
mutation Grant {
  grantRole(userId: "", role: MODERATOR) {
    user {
      id
      roles
    }
  }
}

# Ends every session of that user, who is told the public reason.
mutation Ban {
  banUser(
    input: {
      userId: ""
      reason: "spam in #general"
      publicReason: "Spam"
      until: "2099-01-01T00:00:00Z"
    }
  ) {
    revokedSessionIds
  }
}

mutation Unban {
  unbanUser(userId: "") {
    user {
      id
    }
  }
}`,
  },
];
