// SPDX-License-Identifier: Apache-2.0
// A tablet's firmware as an extra ACPI table: battery, mains and light sensor, whose values the guest
// itself changes. Linux passes what is written to the battery's `alarm` to _BTP, in thousandths; the
// number's range says what is meant:
//     30001, 30002      runs from the battery; charges from the mains
//     40000 + n         n of 5000 mAh are left
//     200000 + n        n lux
//     anything smaller  a true trip point (Linux sets one at boot): ignored
DefinitionBlock ("tablet.aml", "SSDT", 2, "LUCARN", "TABLET", 1)
{
    Scope (\_SB)
    {
        Name (LEFT, 4000)
        Name (PLUG, Zero)
        Name (LUX, 300)

        Device (LAMP)
        {
            Name (_HID, "ACPI0008")
            Name (_ALR, Package () { Package () { 100, 300 } })
            Method (_STA) { Return (0x0F) }
            Method (_ALI) { Return (LUX) }
        }

        Device (MAIN)
        {
            Name (_HID, "ACPI0003")
            Name (_PCL, Package () { \_SB })
            Method (_STA) { Return (0x0F) }
            Method (_PSR) { Return (PLUG) }
        }

        Device (CELL)
        {
            Name (_HID, EisaId ("PNP0C0A"))
            Name (_PCL, Package () { \_SB })
            Method (_STA) { Return (0x1F) }
            // mAh; designed, full, rechargeable, mV; warning, low, steps; names
            Method (_BIF)
            {
                Return (Package () { 1, 5000, 5000, 1, 7400, 250, 100, 1, 1, "LP5000", "1", "LION", "Lucarne" })
            }
            Method (_BST)
            {
                If (PLUG) { Return (Package () { 2, 500, LEFT, 7400 }) }
                Return (Package () { 1, 500, LEFT, 7400 })
            }
            Method (_BTP, 1, Serialized)
            {
                If (Arg0 >= 200000)
                {
                    LUX = Arg0 - 200000
                    Notify (LAMP, 0x80)
                }
                ElseIf (Arg0 >= 40000)
                {
                    LEFT = Arg0 - 40000
                    Notify (CELL, 0x80)
                }
                ElseIf (Arg0 >= 30000)
                {
                    PLUG = Arg0 - 30001
                    Notify (MAIN, 0x80)
                    Notify (CELL, 0x80)
                }
            }
        }
    }
}
