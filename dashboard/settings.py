"""Where things are: one TOML file and environment variables of the same names, checked at start."""

from functools import lru_cache
from pathlib import Path
from tomllib import TOMLDecodeError
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from dashboard.errors import SimantaError

ROOT = Path(__file__).resolve().parents[1]
FILE = ROOT / "simanta.toml"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
SHORTEST_SECRET = 32  # characters of a secret between two programs

Role = Literal["commander", "planner", "data_officer", "administrator", "recipient", "auditor"]
Adm2 = Annotated[str, Field(pattern=r"^BD\d{4}$")]


class Grant(BaseModel):
    """What a person or a group may be: a role, and the districts that it reaches over. No district means none."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Role
    districts: Literal["all"] | tuple[Adm2, ...] = ()


class Access(BaseModel):
    """Who may come in, and by which door. Without `adapter`: the one user of this machine, on loopback alone."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    adapter: Literal["local", "oidc", "proxy"] = "local"
    people: dict[str, Grant] = {}
    groups: dict[str, Grant] = {}
    issuer: str | None = None
    proxy_secret: SecretStr | None = None
    idle_minutes: int = Field(default=30, ge=1, le=24 * 60)
    session_hours: int = Field(default=12, ge=1, le=24 * 7)

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.adapter == "oidc" and not self.issuer:
            raise ValueError("oidc needs issuer")
        if self.adapter == "proxy" and len(self._secret) < SHORTEST_SECRET:
            raise ValueError(f"proxy needs proxy_secret of {SHORTEST_SECRET} characters or more")
        return self

    @property
    def _secret(self) -> str:
        return self.proxy_secret.get_secret_value() if self.proxy_secret else ""


class Settings(BaseSettings):
    """What an administrator may set: in `simanta.toml`, or as SIMANTA_STORE, SIMANTA_ACCESS__ADAPTER and so on."""

    model_config = SettingsConfigDict(
        env_prefix="SIMANTA_", env_nested_delimiter="__", toml_file=FILE, extra="forbid", hide_input_in_errors=True
    )

    store: Path = ROOT / "data" / "store"
    language: str = "en"
    public_url: str | None = None
    working_days: Path | None = None
    swot_rules: Path | None = None
    metrics_port: int | None = Field(default=None, ge=1, le=65535)
    log: Literal["text", "json"] = "text"
    access: Access = Access()

    @property
    def hosts(self) -> tuple[str, ...]:
        """Names under which this server may be asked for: this machine's own, and that of `public_url`."""
        public = urlsplit(self.public_url or "").hostname
        return (*LOOPBACK[:2], *([public] if public else []))

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings in force. Raises SimantaError naming each wrong key."""
    try:
        return Settings()
    except TOMLDecodeError as error:
        raise SimantaError("CONFIGURATION", f"simanta.toml cannot be read: {error}.", "Correct it.") from None
    except ValidationError as error:
        wrong = ", ".join(dict.fromkeys(_named(each["loc"], each["msg"]) for each in error.errors()))
        raise SimantaError(
            "CONFIGURATION",
            f"simanta.toml or the environment: {wrong} cannot be read.",
            "Correct or remove it.",
        ) from None


def _named(place: tuple[int | str, ...], why: str) -> str:
    """The key that is wrong; what a rule of ours says of a whole table. Never a value, which may be a secret."""
    rule = why.removeprefix("Value error, ")
    return ".".join(map(str, place)) + (f" ({rule})" if rule != why else "")


@lru_cache(maxsize=1)
def _last_written() -> list[int | None]:
    return [None]


def reread() -> None:
    """Forgets the settings where their file was written since: a role that was taken away is gone at the next run."""
    written = FILE.stat().st_mtime_ns if FILE.exists() else None
    known = _last_written()
    if known[0] != written:
        settings.cache_clear()
        known[0] = written
