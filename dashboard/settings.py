"""Where things are: one TOML file and environment variables of the same names, checked at start."""

from functools import lru_cache
from pathlib import Path
from tomllib import TOMLDecodeError

from pydantic import ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from dashboard.errors import SimantaError

ROOT = Path(__file__).resolve().parents[1]


class Settings(BaseSettings):
    """What an administrator may set: in `simanta.toml`, or as SIMANTA_STORE and so on."""

    model_config = SettingsConfigDict(env_prefix="SIMANTA_", toml_file=ROOT / "simanta.toml", extra="forbid")

    store: Path = ROOT / "data" / "store"
    language: str = "en"

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
        wrong = ", ".join(".".join(map(str, each["loc"])) for each in error.errors())
        raise SimantaError(
            "CONFIGURATION",
            f"simanta.toml or the environment: {wrong} cannot be read.",
            "Correct or remove it.",
        ) from None
