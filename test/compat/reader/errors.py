"""What can be wrong with a vault or with what the caller gave us."""


class VaultError(Exception):
    """An expected failure. Its text says what happened, what it means and what can be done."""


class WrongKey(VaultError):
    """The secret opens nothing here. The vault may be whole."""


class Unsupported(VaultError):
    """A newer program wrote this; its bytes may be whole."""


class Damaged(VaultError):
    """Bytes that break a rule of the format: changed after they were written, or written by something else."""


class Missing(VaultError):
    """Something that another object refers to is not in this folder."""
