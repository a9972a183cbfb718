"""Where things are: one TOML file and environment variables of the same names, checked at start."""

from functools import cache, lru_cache
from pathlib import Path
from tomllib import TOMLDecodeError
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from dashboard.errors import SimantaError
from dashboard.shared import folder_of

ROOT = Path(__file__).resolve().parents[1]
FILE = ROOT / "simanta.toml"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
LEAST_INSIDE, LEAST_OUTSIDE, MOST = 5, 11, 50  # of the thresholds under which counts are withheld
SHORTEST_SECRET = 32  # characters of a secret between two programs

Role = Literal["commander", "planner", "data_officer", "administrator", "recipient", "auditor"]
Adm2 = Annotated[str, Field(pattern=r"^BD\d{4}$")]


class Grant(BaseModel):
    """What a person or a group may be: a role, and the districts that it reaches over. No district means none."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    role: Role
    """What they may do."""
    districts: Literal["all"] | tuple[Adm2, ...] = ()
    """Codes of the districts whose records they see, or `"all"`; without it none."""


class Access(BaseModel):
    """Who may come in, and by which door. Without `adapter`: the one user of this machine, on loopback alone."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    adapter: Literal["local", "oidc", "proxy"] = "local"
    """How people come in: one user on loopback, sign-in at a provider, or by a proxy that says who they are."""
    people: dict[str, Grant] = {}
    """A grant for each person, by the name they sign in with; `os:NAME` is an account of this machine."""
    groups: dict[str, Grant] = {}
    """A grant for each group of the directory. A person's own grant wins."""
    issuer: str | None = None
    """Of `oidc`: the provider, exactly as its tokens write it."""
    proxy_secret: SecretStr | None = None
    """Of `proxy`: what the proxy must send so that its headers are believed; 32 characters or more."""
    idle_minutes: int = Field(default=30, ge=1, le=24 * 60)
    """A session ends after so long without a click."""
    session_hours: int = Field(default=12, ge=1, le=24 * 7)
    """A session ends after so long in any case."""

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


class Disclosure(BaseModel):
    """Under which number a count is withheld: of who reads inside the force, and outside it. Higher, never lower."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    inside: int = LEAST_INSIDE
    """Under which number a count is withheld from readers inside the force: 5 or more."""
    outside: int = LEAST_OUTSIDE
    """The same for readers outside it: 11 or more, and no less than inside."""

    @model_validator(mode="after")
    def _is_high_enough(self) -> Self:
        if self.inside < LEAST_INSIDE or self.outside < LEAST_OUTSIDE:
            raise ValueError(f"set inside to {LEAST_INSIDE} or more and outside to {LEAST_OUTSIDE} or more")
        if self.outside < self.inside:
            raise ValueError("set outside to no less than inside: who is outside reads no finer figure")
        if self.outside > MOST:
            raise ValueError(f"set both to {MOST} or less: above it no figure is left")
        return self


def store_of(given: object) -> object:
    """The folder that the name of a store means; what is no text is as it was given."""
    return folder_of(given) if isinstance(given, str) else given


class Settings(BaseSettings):
    """What an administrator may set: in `simanta.toml`, or as SIMANTA_STORE, SIMANTA_ACCESS__ADAPTER and so on."""

    model_config = SettingsConfigDict(
        env_prefix="SIMANTA_",
        env_nested_delimiter="__",
        toml_file=FILE,
        extra="forbid",
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )

    store: Annotated[Path, BeforeValidator(store_of)] = ROOT / "data" / "store"
    """Folder of the facts and the ledger. Its keys lie beside it, in the folder of the same name with `.keys`. Or the
    name of a shared store, `ducklake:postgres:dbname=simanta host=db.example user=simanta;data=/srv/simanta`."""
    language: str = "en"
    """In which pages open for who has not chosen one."""
    public_url: str | None = None
    """The address under which people open it; needed where they sign in."""
    working_days: Path | None = None
    """A calendar of your own; without it `data/reference/working_days.csv`."""
    swot_rules: Path | None = None
    """Rules of the page *Plan* of your own; without it `data/reference/swot_rules.csv`."""
    spark_master: str = "local[*,4]"
    """Of `simanta load --engine spark`: the master of Spark; without it this machine, each task tried four times."""
    metrics_port: int | None = Field(default=None, ge=1, le=65535)
    """A port of this machine alone for figures in the format of Prometheus; without it there are none."""
    log: Literal["text", "json"] = "text"
    """How a line of the log is written: as text, or as JSON without any value that it was made of."""
    access: Access = Access()
    """Who may come in."""
    disclosure: Disclosure = Disclosure()
    """Which counts are withheld."""

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


@cache
def thresholds() -> Disclosure:
    """The thresholds as they were at start: another pair is another policy, and needs another start."""
    return settings().disclosure


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
