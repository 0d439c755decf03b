#!/usr/bin/env python3
"""Makes data/countries/countries.tsv from the countries.json of the npm package world-countries.

    npm pack world-countries@5.1.0 && tar xzf world-countries-5.1.0.tgz
    python3 tests/Lectern.Tests/Data/derive_countries.py package/countries.json > data/countries/countries.tsv

Lists are separated by ';'. A border that only one of the two countries names is left out (in 5.1.0 one: Sri Lanka's
with India), as is an area that is not positive. The Holy See is an observer at the United Nations, not a member.
"""
import json
import sys

COLUMNS = ["code", "name", "capitals", "region", "subregion", "independent", "un_member", "landlocked",
           "latitude", "longitude", "area", "borders", "languages", "currencies"]


def yes(value):
    return "yes" if value else "no"


def main(path):
    with open(path, encoding="utf-8") as file:
        countries = sorted(json.load(file), key=lambda country: country["cca3"])
    borders = {country["cca3"]: set(country["borders"]) for country in countries}
    print("# Derived from world-countries 5.1.0 (mledoze/countries), Open Database License 1.0: see LICENSE.md here.")
    print("\t".join(COLUMNS))
    for country in countries:
        code = country["cca3"]
        mutual = sorted(other for other in borders[code] if code in borders[other])
        latitude, longitude = country["latlng"]
        row = [code, country["name"]["common"], ";".join(c for c in country["capital"] if c), country["region"],
               country["subregion"], yes(country["independent"]), yes(country["unMember"] and code != "VAT"),
               yes(country["landlocked"]), f"{latitude:.10g}", f"{longitude:.10g}",
               f"{country['area']:.10g}" if country["area"] > 0 else "", ";".join(mutual),
               ";".join(country["languages"][key] for key in sorted(country["languages"])),
               ";".join(sorted(country["currencies"]))]
        assert not any("\t" in field or "\n" in field for field in row), code
        print("\t".join(row))


main(sys.argv[1])
